/** Who wrote what lost, where the entity itself does not know: one more step, for conflicts of that kind only. */
import type { LedgerStore } from "./ledger_store.ts";
import type { Settled } from "./settle.ts";

/** Completes the conflicts of `settled` from the log rows of what they overwrote; trimmed rows stay unnamed. */
export async function nameOtherSides(
  store: LedgerStore,
  user: string,
  prefix: number,
  settled: readonly Settled[],
): Promise<void> {
  const unnamed = settled.flatMap(({ step }) => {
    const conflict = step?.row?.conflict;
    return conflict && conflict.theirs.changeId === undefined ? [conflict] : [];
  });
  if (unnamed.length === 0) return;
  const versions = [...new Set(unnamed.map(({ theirs }) => theirs.version))];
  const rows = await store.readRows(user, prefix, versions);
  const byVersion = new Map(versions.map((version, i) => [version, rows[i] ?? null]));
  for (const conflict of unnamed) {
    const row = byVersion.get(conflict.theirs.version);
    if (row) conflict.theirs = { ...conflict.theirs, changeId: row.changeId, createdAt: row.createdAt };
  }
}
