/** The switches of "Try it": offline, a second device, many records. */
import type { SyncClient } from "../sync_client_api.ts";
import { type DemoRecord, makeDemoRecords } from "./demo_records.ts";
import { byId } from "./element.ts";
import { type LoadProgress, loadRecords } from "./load_records.ts";
import type { NetworkSwitch } from "./network_switch.ts";
import { isStored, type PageNote } from "./page_note.ts";
import { devicesMax, deviceUrl } from "./session.ts";

const recordsToLoad = 1000;

/** Wires the section. */
export function wireTryPanel(
  sync: SyncClient,
  network: NetworkSwitch,
  device: number,
  note: PageNote,
): void {
  wireOfflineSwitch(sync, network, note);
  const second = byId<HTMLAnchorElement>("second-device");
  const next = device % devicesMax + 1;
  second.href = deviceUrl(next);
  second.textContent = device === 1 ? "Open a second device" : `Open device ${next}`;
  wireLoading(sync, note);
}

function wireOfflineSwitch(sync: SyncClient, network: NetworkSwitch, note: PageNote): void {
  const box = byId<HTMLInputElement>("offline");
  const show = () => {
    box.checked = network.isOffline;
    note.offline(
      network.isOffline
        ? "This window is offline by your switch. Everything you write stays on this device."
        : "",
    );
  };
  box.addEventListener("change", () => {
    network.setOffline(box.checked);
    show();
    sync.manualSync();
  });
  show();
}

function wireLoading(sync: SyncClient, note: PageNote): void {
  const button = byId<HTMLButtonElement>("load");
  const line = byId("load-progress");
  const bar = line.querySelector("progress")!;
  const text = byId("load-text");
  const show = (progress: LoadProgress) => {
    bar.max = progress.total;
    bar.value = progress.done;
    text.textContent = spokenProgress(progress);
  };
  let isLoading = false;
  button.addEventListener("click", async () => {
    if (isLoading) return;
    // Not `disabled`, which would take the focus from whoever pressed it.
    button.setAttribute("aria-disabled", String(isLoading = true));
    line.hidden = false;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const records = withoutUpdatedAt(makeDemoRecords(seed, recordsToLoad, Date.now()));
    await isStored(loadRecords(sync, records, show), note);
    button.setAttribute("aria-disabled", String(isLoading = false));
  });
}

function spokenProgress({ phase, done, refused, total }: LoadProgress): string {
  const count = (of: number) => of.toLocaleString();
  if (phase === "storing") return `${count(done)} of ${count(total)} stored on this device`;
  if (phase === "syncing") return `${count(done)} of ${count(total)} on the server`;
  if (!refused) return `All ${count(total)} are on the server.`;
  return `${count(done)} of ${count(total)} are on the server; ${count(refused)} ${
    refused === 1 ? "was" : "were"
  } refused. The status at the top of the page says why.`;
}

/** The generated records are shaped as old pages write them; the forms here keep no `updatedAt`. */
function withoutUpdatedAt(records: readonly DemoRecord[]): DemoRecord[] {
  return records.map(({ type, data: { updatedAt: _, ...data } }) => ({ type, data }));
}
