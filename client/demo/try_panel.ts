/** The switches of "Try it": offline, a second device, many records. */
import type { SyncClient } from "../sync_client_api.ts";
import { type DemoRecord, makeDemoRecords } from "./demo_records.ts";
import { byId } from "./element.ts";
import { type LoadProgress, loadRecords } from "./load_records.ts";
import type { NetworkSwitch } from "./network_switch.ts";
import { devicesMax, deviceUrl } from "./session.ts";

const recordsToLoad = 1000;

/** Wires the section; `failed` is told when a record could not be stored. */
export function wireTryPanel(
  sync: SyncClient,
  network: NetworkSwitch,
  device: number,
  failed: (error: unknown) => void,
): void {
  wireOfflineSwitch(sync, network);
  const second = byId<HTMLAnchorElement>("second-device");
  const next = device % devicesMax + 1;
  second.href = deviceUrl(next);
  second.textContent = device === 1 ? "Open a second device" : `Open device ${next}`;
  wireLoading(sync, failed);
}

function wireOfflineSwitch(sync: SyncClient, network: NetworkSwitch): void {
  const box = byId<HTMLInputElement>("offline");
  const note = byId("offline-note");
  const show = () => {
    box.checked = network.isOffline;
    note.classList.toggle("shown", network.isOffline);
    note.textContent = network.isOffline
      ? "This window is offline by your switch. Everything you write stays on this device."
      : "";
  };
  box.addEventListener("change", () => {
    network.setOffline(box.checked);
    show();
    sync.manualSync();
  });
  show();
}

function wireLoading(sync: SyncClient, failed: (error: unknown) => void): void {
  const button = byId<HTMLButtonElement>("load");
  const line = byId("load-progress");
  const bar = line.querySelector("progress")!;
  const text = byId("load-text");
  const show = ({ phase, done, total }: LoadProgress) => {
    bar.max = total;
    bar.value = done;
    text.textContent = phase === "done"
      ? `All ${total.toLocaleString()} are on the server.`
      : `${done.toLocaleString()} of ${total.toLocaleString()} ${
        phase === "storing" ? "stored on this device" : "on the server"
      }`;
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    line.hidden = false;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    try {
      await loadRecords(sync, withoutUpdatedAt(makeDemoRecords(seed, recordsToLoad, Date.now())), show);
    } catch (error) {
      failed(error);
    } finally {
      button.disabled = false;
    }
  });
}

/** The generated records are shaped as old pages write them; the forms here keep no `updatedAt`. */
function withoutUpdatedAt(records: readonly DemoRecord[]): DemoRecord[] {
  return records.map(({ type, data: { updatedAt: _, ...data } }) => ({ type, data }));
}
