/** Who wrote what lost, where the entity itself does not know: one more step, for conflicts of that kind only. */
import type { LedgerStore } from "./ledger_store.ts";
import type { Settled } from "./settle.ts";

/**
 * Completes the conflicts of `settled` from the log rows of what they overwrote. Where that row has been trimmed
 * the other side stays unnamed, and an answer leaves it out: its values are in `fields`. Not so what a deletion
 * removed, which is told with the other side and nowhere else: there the newest write to the removed entity
 * stands for the one that is gone, under the version and device that the entity itself remembers.
 */
export async function nameOtherSides(
  store: LedgerStore,
  user: string,
  prefix: number,
  settled: readonly Settled[],
): Promise<void> {
  const unnamed = settled.flatMap(({ step }) => {
    const conflict = step?.row?.conflict;
    if (!conflict || conflict.theirs.changeId !== undefined) return [];
    const standIn = conflict.reason === "updated_on_server" ? step.entity?.before?.origin : undefined;
    return [{ conflict, standIn }];
  });
  if (unnamed.length === 0) return;
  const versions = [...new Set(unnamed.map(({ conflict }) => conflict.theirs.version))];
  const rows = await store.readRows(user, prefix, versions);
  const byVersion = new Map(versions.map((version, i) => [version, rows[i] ?? null]));
  for (const { conflict, standIn } of unnamed) {
    const named = byVersion.get(conflict.theirs.version) ?? standIn;
    if (named) conflict.theirs = { ...conflict.theirs, changeId: named.changeId, createdAt: named.createdAt };
  }
}
