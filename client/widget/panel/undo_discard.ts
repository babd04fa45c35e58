/**
 * Taking a discard back. What was discarded is queued as new changes, since a changeId never stands for two
 * contents.
 */
import type { FailedChange, SyncClient } from "../../sync_client_api.ts";

/** `changeId` with what depends on it, in order: what a discard takes along. */
export function discardGroup(failed: readonly FailedChange[], changeId: string): FailedChange[] {
  const change = failed.find((one) => one.changeId === changeId);
  if (!change) return [];
  return [change, ...failed.filter(({ dependsOn }) => dependsOn === changeId)];
}

/** Queues what was discarded, in order; where it rejects, `discarded` is left with what is not queued yet. */
export async function queueAgain(client: SyncClient, discarded: FailedChange[]): Promise<void> {
  for (let change = discarded[0]; change; change = discarded[0]) {
    const { type, entityType, entityId, data, unset } = change;
    await client.queueChange({ type, entityType, entityId, ...(data && { data }), ...(unset && { unset }) });
    discarded.shift();
  }
}
