/**
 * Putting a failed change back under a person's hand: again as it was after a discard, or corrected. Each is
 * queued as a new change, since a changeId never stands for two contents.
 */
import type { ChangeIntent, JsonObject } from "../../../shared/mod.ts";
import type { FailedChange, SyncClient } from "../../sync_client_api.ts";

/** `changeId` with what depends on it, in order: what a discard takes along. */
export function discardGroup(failed: readonly FailedChange[], changeId: string): FailedChange[] {
  const change = failed.find((one) => one.changeId === changeId);
  if (!change) return [];
  return [change, ...failed.filter(({ dependsOn }) => dependsOn === changeId)];
}

/** Queues what was discarded, in order. */
export async function queueAgain(client: SyncClient, changes: readonly FailedChange[]): Promise<void> {
  for (const change of changes) await client.queueChange(intentOf(change));
}

/**
 * Replaces a failed change by one with `data`. A CREATED is discarded first, because discarding it takes
 * everything of its record along; `discarded` is told what has to be queued again should that fail.
 */
export async function replaceFailed(
  client: SyncClient,
  group: readonly FailedChange[],
  data: JsonObject,
  discarded: (changes: FailedChange[]) => void,
): Promise<void> {
  const [first, ...dependents] = group;
  if (!first) return;
  if (first.type !== "CREATED") {
    await client.queueChange({ ...intentOf(first), data });
    await client.discard(first.changeId);
    return;
  }
  await client.discard(first.changeId);
  discarded([...group]);
  await queueAgain(client, [{ ...first, data }, ...dependents]);
  discarded([]);
}

function intentOf({ type, entityType, entityId, data, unset }: FailedChange): ChangeIntent {
  return { type, entityType, entityId, ...(data && { data }), ...(unset && { unset }) };
}
