/**
 * Which queued changes leave next. The same transaction that takes a batch marks its rows `sent` before the
 * request leaves, and a sent row never changes again, because nobody can know whether the server has already
 * settled it.
 */
import { jsonBytes, limits } from "../../shared/mod.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { Plan } from "../device_state.ts";
import { heldEntities, isFailing, keyOf } from "../held_changes.ts";
import { type QueueRow, rowKey } from "../rows.ts";

/** Room for the envelope around the changes of a request. */
const envelopeBytes = 1024;
/** Bytes of changes in a request: the server's bound less the envelope. */
const batchBytesMax = limits.requestBytesMax - envelopeBytes;

/** Where a batch stands in the server's history, as its request says it. */
export interface PullPosition {
  epoch: string | null;
  cursor: number;
  snapshot: boolean;
  restarts: number;
}

/** What leaves in one request. */
export interface Batch {
  rows: QueueRow[];
  from: PullPosition;
  /** More could have been sent now, but for the bounds. */
  cut: boolean;
}

/** Bounds of one batch. */
export interface BatchBounds {
  /** 0 to 500; halved after an answer that says the request is too much, 0 to ask without any change. */
  changesMax: number;
  /** Changes with a higher seq were queued meanwhile and wait for the next run. */
  seqMax: number;
  /** Try one change that the server answered 500 to, alone, instead of the others. */
  failing?: boolean;
}

/** Takes the next batch and marks it sent. */
export function planTakeBatch(rows: DeviceRows, bounds: BatchBounds): Plan<Batch> {
  const { epoch, cursor, snapshot, restarts } = rows.sync;
  const batch: Batch = { rows: [], from: { epoch, cursor, snapshot, restarts }, cut: false };
  if (rows.sync.erasedHold) return { result: batch };
  if (bounds.failing) batch.rows = nextFailing(rows);
  else fillBatch(batch, rows, bounds);
  const unsent = batch.rows.filter((row) => !row.sent);
  return { put: unsent.map((row) => [rowKey.queue(row.seq), { ...row, sent: true }]), result: batch };
}

function fillBatch(batch: Batch, rows: DeviceRows, { seqMax, changesMax }: BatchBounds): void {
  const held = heldEntities(rows);
  let bytes = 0;
  for (const row of rows.queue.values()) {
    if (row.seq > seqMax) break;
    if (held.has(keyOf(row))) continue;
    const size = jsonBytes(row.change) + 1;
    const full = batch.rows.length >= changesMax ||
      (batch.rows.length > 0 && bytes + size > batchBytesMax);
    if (full) {
      batch.cut = true;
      break;
    }
    bytes += size;
    batch.rows.push(row);
  }
}

/** The failing change that was tried least: one that fails for ever must not starve the others. */
function nextFailing(rows: DeviceRows): QueueRow[] {
  const failing = [...rows.queue.values()].filter(isFailing);
  return failing.sort((a, b) => a.serverErrors! - b.serverErrors!).slice(0, 1);
}

/** Whether anything in the queue may leave now. */
export function hasSendable(rows: DeviceRows): boolean {
  const held = heldEntities(rows);
  return !rows.sync.erasedHold && [...rows.queue.values()].some((row) => !held.has(keyOf(row)));
}

/** Counts an answer 500 to a change that was sent alone. */
export function planServerError(rows: DeviceRows, changeId: string): Plan<void> {
  const row = rows.queued(changeId);
  if (!row) return { result: undefined };
  const counted: QueueRow = {
    ...row,
    serverErrors: (row.serverErrors ?? 0) + 1,
    change: { ...row.change, retryCount: row.change.retryCount + 1 },
  };
  return { put: [[rowKey.queue(row.seq), counted]], result: undefined };
}
