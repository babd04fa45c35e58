/**
 * Edits made while nobody was signed in belong to the next user who signs in. Two databases cannot share a
 * transaction, so adoption is three steps that may be repeated after a crash at any point: claim (one
 * transaction stamps who adopts), copy by changeId (what is there already is skipped), delete.
 */
import type { DeviceState } from "../device_state.ts";
import type { DeviceStore, StoreKey, StoreRow, StoreTransaction } from "../ports.ts";
import { type QuarantineRow, type QueueRow, rowKey } from "../rows.ts";

/** An anonymous edit, queued or failed, with who adopts it. */
type AnonymousRow = (QueueRow | QuarantineRow) & { claimedBy?: string };

/**
 * Moves the anonymous queue, and what failed there, into the database of `userId`. `toRow` makes the row to be
 * kept of a queued one that an older page may have written. Resolves with how many edits were adopted.
 */
export async function adoptAnonymous(
  anonymous: DeviceStore,
  state: DeviceState,
  userId: string,
  toRow: (row: QueueRow) => StoreRow,
): Promise<number> {
  const claimed = await anonymous.transact("write", async (tx) => {
    const lists = [await tx.list(["queue"]), await tx.list(["quarantine"])];
    const rows = lists.flat() as [StoreKey, AnonymousRow][];
    // In the order they were made: what waits for a creation that failed stays behind it.
    rows.sort(([, a], [, b]) => a.seq - b.seq);
    // What another user has claimed is theirs, even if their page died before it was copied.
    const free = rows.filter(([, row]) => row.claimedBy === undefined || row.claimedBy === userId);
    if (free.length === 0) return free;
    // As good as sent: another tab must not fold a further edit into a row that is copied and deleted here.
    tx.put(free.map(([key, row]): StoreRow => [key, { ...row, sent: true, claimedBy: userId }]));
    await tellTabs(tx);
    return free;
  });
  if (claimed.length === 0) return 0;
  const adopted = await state.commit("local", (rows) => {
    let seq = rows.queueSeq;
    const put: StoreRow[] = [];
    for (const [[kind], { claimedBy: _claimedBy, ...row }] of claimed) {
      const { changeId, entityType, entityId } = row.change;
      const known = rows.queued(changeId) || rows.quarantine.has(changeId) || rows.discard.has(changeId) ||
        rows.ackedOf(entityType, entityId).some(({ change }) => change.changeId === changeId);
      if (known) continue;
      // What was made while nobody was signed in has never left this device.
      const own = { ...row, seq: ++seq, change: { ...row.change, baseVersion: 0 }, sent: false };
      const [key, kept] = kind === "queue" ? toRow(own) : [rowKey.quarantine(changeId), own];
      // Nothing is folded into it: copied once more, because the last step failed, it must say the same.
      put.push([key, key[0] === "queue" ? { ...kept as QueueRow, sent: true } : kept]);
    }
    const count = put.length;
    if (count > 0) put.push([rowKey.meta("queueSeq"), seq]);
    return { put, result: count };
  });
  await anonymous.transact("write", async (tx) => {
    tx.delete(claimed.map(([key]) => key));
    await tellTabs(tx);
  });
  return adopted;
}

/** Other tabs in the anonymous database must notice. */
async function tellTabs(tx: StoreTransaction): Promise<void> {
  const [revision] = await tx.get([rowKey.meta("revision")]);
  const next = ((revision as number | undefined) ?? 0) + 1;
  tx.put([[rowKey.meta("revision"), next], [rowKey.journal(next), null]]);
}
