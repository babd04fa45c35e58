/**
 * The rows of conflicts that replays of settled changes are told again. Bounded by what they weigh: a replay may
 * be told a whole record, twice, where its own change was a few bytes.
 */
import { budget } from "./budget.ts";
import type { LedgerStore } from "./ledger_store.ts";
import type { Head, LogRow } from "./records.ts";
import type { Settled } from "./settle.ts";

/**
 * Adds the rows to `replayedRows`, and gives back what of `settled` there was room for: everything before the
 * first replay whose row was not loaded. The first row always is.
 */
export async function tellReplays(
  store: LedgerStore,
  user: string,
  { head, replayedRows }: { head: Head; replayedRows: Map<number, LogRow> },
  settled: Settled[],
): Promise<Settled[]> {
  const replayed = new Set(settled.flatMap(({ replayedConflict }) => replayedConflict ?? []));
  // A change sent twice in this request has its row at hand.
  const missing = [...replayed].filter((version) => version <= head.version && !replayedRows.has(version));
  if (missing.length === 0) return settled;
  const rows = await store.readRows(user, head.prefix, missing, budget.bytesPerReadMax);
  for (const row of rows) if (row && row !== "too_much") replayedRows.set(row.version, row);
  const unread = missing[rows.indexOf("too_much")];
  if (unread === undefined) return settled;
  return settled.slice(0, settled.findIndex(({ replayedConflict }) => replayedConflict === unread));
}
