/** The log in reads of bounded size, for whoever goes through all of it. */
import { budget } from "./budget.ts";
import type { LedgerStore } from "./ledger_store.ts";
import type { LogRow } from "./records.ts";

/** Rows above `from` up to `upTo`, in version order, a bounded read at a time. */
export async function* rowsAbove(
  store: LedgerStore,
  user: string,
  prefix: number,
  from: number,
  upTo: number,
): AsyncGenerator<LogRow[]> {
  for (let after = from; after < upTo;) {
    const rows = await store.listRows(user, prefix, {
      after,
      upTo,
      limit: budget.rowsPerReadMax,
      bytesMax: budget.bytesPerSliceMax,
    });
    // Trimmed meanwhile: the floor has moved, and with it the head.
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1)!.version;
  }
}
