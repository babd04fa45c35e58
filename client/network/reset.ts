/**
 * Starting over, because the server's history is not the one this device knows.
 *
 * `restored`: the server went back to an older state. What it acknowledged in the last 30 days is offered
 * again, in the order it was made, ahead of the queue; the app keeps its view while a new base is pulled beside it.
 * `erased`: the user's data were deleted on purpose. Nothing may come back: base and acknowledged changes go,
 * the queue is kept and shown, and waits until a person says that it should be sent. What a restore had made to be
 * offered again was saved when it was erased, and goes like all else that was.
 */
import type { ResetReason } from "../../shared/mod.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { StoreKey, StoreRow } from "../ports.ts";
import { type QuarantineRow, type QueueRow, rowKey, type SyncRow } from "../rows.ts";

/** What a reset writes. */
export interface ResetPlan {
  put: StoreRow[];
  remove: StoreKey[];
  clearSlots: number[];
  sync: Partial<SyncRow>;
}

/** Plans a reset; changes settled before `reofferAfterMs` (server time) are not offered again. */
export function planReset(rows: DeviceRows, reason: ResetReason, reofferAfterMs: number): ResetPlan {
  const { sync } = rows;
  // Not by version: a change that changed nothing has the version of what it met, which is older than it.
  const acked = [...rows.acked.values()]
    .sort((a, b) => (a.place ?? 0) - (b.place ?? 0) || a.version - b.version);
  const remove: StoreKey[] = acked.map((row) => rowKey.acked(row.version, row.change.changeId));
  const started = {
    cursor: 0,
    snapshot: false,
    viewCursor: 0,
    restarts: sync.restarts + 1,
    checksum: [0, 0],
  } as const;
  const put: StoreRow[] = [...rows.quarantine.values()].map((row) => [
    rowKey.quarantine(row.change.changeId),
    rebased(row, row.seq),
  ]);
  if (reason === "erased") {
    const unsaved = [...rows.queue.values()].filter(({ wasSettled }) => !wasSettled);
    for (const row of rows.queue.values()) remove.push(rowKey.queue(row.seq));
    for (const row of unsaved) put.push([rowKey.queue(row.seq), rebased(row, row.seq)]);
    for (const id of rows.conflict.keys()) remove.push(rowKey.conflict(id));
    return {
      put,
      remove,
      // Also the slot that a restart may have begun to fill.
      clearSlots: [0, 1],
      sync: { ...started, staging: false, erasedHold: unsaved.length > 0 },
    };
  }
  let seq = rows.queueSeq;
  for (const row of acked) {
    if (row.settledAtMs < reofferAfterMs || rows.queued(row.change.changeId)) continue;
    const { change, version } = row;
    const again: QueueRow = {
      seq: ++seq,
      change: { ...change, baseVersion: 0 },
      sent: true,
      schemaVersion: 0,
      wasSettled: true,
    };
    if (version <= sync.viewCursor) again.reoffered = true;
    put.push([rowKey.queue(seq), again]);
  }
  for (const row of rows.queue.values()) {
    remove.push(rowKey.queue(row.seq));
    const again = rebased(row, ++seq);
    // What an earlier restore offered again is no part of the base that was pulled since.
    if (!sync.staging) delete again.reoffered;
    // Tried alone it would overtake what is offered again before it, and this server may not fail on it.
    delete again.serverErrors;
    put.push([rowKey.queue(seq), again]);
  }
  put.push([rowKey.meta("queueSeq"), seq]);
  return { put, remove, clearSlots: [1 - sync.shownSlot], sync: { ...started, staging: true } };
}

/** A reset makes `baseVersion` 0, of failed changes too: versions of another history mean nothing here. */
function rebased<Row extends QueueRow | QuarantineRow>(row: Row, seq: number): Row {
  return { ...row, seq, change: { ...row.change, baseVersion: 0 } };
}
