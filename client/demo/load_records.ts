/**
 * Creates many records and says how far it is: first how many are stored on this device, then how many of
 * them the server has. Both are counted, neither is guessed.
 */
import type { SyncClient } from "../sync_client_api.ts";
import type { DemoRecord } from "./demo_records.ts";

/** Creates that run at the same time: enough to share a disk flush, few enough to keep the page alive. */
const createsAtOnce = 25;

/** Where it is: counts of `total`. */
export interface LoadProgress {
  phase: "storing" | "syncing" | "done";
  done: number;
  total: number;
}

/** Resolves when every record is durable on this device; `report` goes on until the server has them. */
export async function loadRecords(
  sync: SyncClient,
  records: readonly DemoRecord[],
  report: (progress: LoadProgress) => void,
): Promise<void> {
  const total = records.length;
  let settled = 0;
  let stored = 0;
  const tell = () => {
    if (stored < total) report({ phase: "storing", done: stored, total });
    else if (settled < total) report({ phase: "syncing", done: settled, total });
    else report({ phase: "done", done: total, total });
  };
  for (let from = 0; from < total; from += createsAtOnce) {
    const batch = records.slice(from, from + createsAtOnce);
    const queued = await Promise.all(
      batch.map(({ type, data }) =>
        sync.queueChange({ type: "CREATED", entityType: type, entityId: data.id, data })
      ),
    );
    stored += batch.length;
    for (const { synced } of queued) {
      synced.then(() => {
        settled++;
        tell();
      });
    }
    tell();
  }
}
