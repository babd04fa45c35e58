/**
 * Creates many records and says how far it is: first how many are stored on this device, then how many of
 * them the server has, and how many it refused. All are counted, none is guessed.
 */
import type { SyncClient } from "../sync_client_api.ts";
import type { DemoRecord } from "./demo_records.ts";

/** Creates that run at the same time: enough to share a disk flush, few enough to keep the page alive. */
const createsAtOnce = 25;

/** Where it is: counts of `total`. */
export interface LoadProgress {
  phase: "storing" | "syncing" | "done";
  /** Stored on this device, and later: on the server. */
  done: number;
  /** Answered by the server, but not taken. */
  refused: number;
  total: number;
}

/** Resolves when the server has answered for every record; rejects when one could not be stored here. */
export async function loadRecords(
  sync: Pick<SyncClient, "queueChange">,
  records: readonly DemoRecord[],
  report: (progress: LoadProgress) => void,
): Promise<void> {
  const total = records.length;
  let stored = 0;
  let synced = 0;
  let refused = 0;
  const answered: Promise<void>[] = [];
  const tell = () => {
    const isStoring = stored < total;
    const phase = isStoring ? "storing" : synced + refused < total ? "syncing" : "done";
    report({ phase, done: isStoring ? stored : synced, refused, total });
  };
  for (let from = 0; from < total; from += createsAtOnce) {
    const batch = records.slice(from, from + createsAtOnce);
    const queued = await Promise.all(
      batch.map(({ type, data }) =>
        sync.queueChange({ type: "CREATED", entityType: type, entityId: data.id, data })
      ),
    );
    stored += batch.length;
    for (const change of queued) {
      answered.push(change.synced.then(({ status }) => {
        if (status === "rejected") refused++;
        else synced++;
        tell();
      }));
    }
    tell();
  }
  await Promise.all(answered);
}
