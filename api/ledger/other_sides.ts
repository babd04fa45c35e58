/** Who wrote what lost, where the entity itself does not know: one more step, for conflicts of that kind only. */
import { budget } from "./budget.ts";
import type { LedgerStore } from "./ledger_store.ts";
import type { LogRow } from "./records.ts";
import type { Settled } from "./settle.ts";

type Name = Pick<LogRow, "changeId" | "createdAt">;

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
  const versions = new Set(unnamed.map(({ conflict }) => conflict.theirs.version));
  const names = await namesOf(store, user, prefix, [...versions]);
  for (const { conflict, standIn } of unnamed) {
    const named = names.get(conflict.theirs.version) ?? standIn;
    if (named) conflict.theirs = { ...conflict.theirs, changeId: named.changeId, createdAt: named.createdAt };
  }
}

/** Reads a bounded number of bytes at a time, and keeps of the rows what is needed. */
async function namesOf(
  store: LedgerStore,
  user: string,
  prefix: number,
  versions: readonly number[],
): Promise<Map<number, Name>> {
  const names = new Map<number, Name>();
  for (let left = versions; left.length > 0;) {
    const rows = await store.readRows(user, prefix, left, budget.bytesPerReadMax);
    for (const row of rows) {
      if (row && row !== "too_much") {
        names.set(row.version, { changeId: row.changeId, createdAt: row.createdAt });
      }
    }
    // Shorter each time: the first row that is there is always given.
    left = left.filter((_, i) => rows[i] === "too_much");
  }
  return names;
}
