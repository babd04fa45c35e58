/**
 * The change queue: how an edit gets in, and which edits leave next. Pure plans over the rows; the same
 * transaction that takes a batch marks its rows `sent` before the request leaves, and a sent row never
 * changes again, because nobody can know whether the server has already settled it.
 */
import { type ChangeIntent, jsonBytes, limits } from "../shared/mod.ts";
import type { DeviceRows } from "./device_rows.ts";
import type { Plan } from "./device_state.ts";
import type { StoreRow } from "./ports.ts";
import { entityKey, type QueueRow, rowKey } from "./rows.ts";
import type { ChangeRecord } from "./sync_client_api.ts";

/** An edit on its way into the queue: checked, with its id and times. */
export interface NewChange {
  intent: ChangeIntent;
  changeId: string;
  /** Wall ms. */
  timestamp: number;
  /** What the person saw when they made it; default: what is shown when it is written. */
  baseVersion?: number;
  schemaVersion: number;
}

/** From this many answers 500 to a change alone it counts as failed. */
export const serverErrorsMax = 5;
/** Room for the envelope around the changes of a request. */
const envelopeBytes = 1024;
/** Bytes of changes in a request: the server's bound less the envelope. */
const batchBytesMax = limits.requestBytesMax - envelopeBytes;

/** Queues edits in order; the result names the changeId under which each is known. */
export function planQueue(rows: DeviceRows, edits: readonly NewChange[]): Plan<string[]> {
  let seq = rows.queueSeq;
  const fresh = new Map<string, QueueRow>();
  const touched = new Map<number, QueueRow>();
  const changeIds = edits.map((edit) => {
    const change = toChange(edit, rows.sync.viewCursor);
    const key = entityKey(change.entityType, change.entityId);
    const last = fresh.get(key) ?? rows.queuedOf(change.entityType, change.entityId).at(-1);
    const merged = last && coalesce(last, change, edit.schemaVersion);
    const row = merged ?? { seq: ++seq, change, sent: false, schemaVersion: edit.schemaVersion };
    fresh.set(key, row);
    touched.set(row.seq, row);
    return row.change.changeId;
  });
  const put: StoreRow[] = [...touched.values()].map((row) => [rowKey.queue(row.seq), row]);
  if (seq !== rows.queueSeq) put.push([rowKey.meta("queueSeq"), seq]);
  return { put, result: changeIds };
}

function toChange({ intent, changeId, timestamp, baseVersion }: NewChange, viewCursor: number): ChangeRecord {
  return { changeId, ...intent, timestamp, retryCount: 0, baseVersion: baseVersion ?? viewCursor };
}

/**
 * The last unsent UPDATED of an entity with a new one folded in, if that is the same as sending both: same
 * kind, same base, same schema, nothing between them, and still small enough.
 */
function coalesce(last: QueueRow, next: ChangeRecord, schemaVersion: number): QueueRow | null {
  const first = last.change;
  const alike = !last.sent && first.type === "UPDATED" && next.type === "UPDATED" &&
    first.baseVersion === next.baseVersion && last.schemaVersion === schemaVersion;
  if (!alike) return null;
  const data = { ...first.data, ...next.data };
  for (const name of next.unset ?? []) delete data[name];
  const unset = [...new Set([...(first.unset ?? []), ...(next.unset ?? [])])]
    .filter((name) => !Object.hasOwn(next.data ?? {}, name));
  if (Object.keys(data).length + unset.length > limits.entityFieldsMax) return null;
  if (jsonBytes(data) > limits.entityBytesMax) return null;
  const { unset: _unset, ...rest } = first;
  // The first timestamp stays: the age of what waits is counted from the oldest edit.
  const change: ChangeRecord = { ...rest, data };
  if (unset.length > 0) change.unset = unset;
  return { ...last, change };
}

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
  /** 1 to 500; halved after an answer that says the request is too much. */
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
  const held = heldEntities(rows);
  let bytes = 0;
  for (const row of rows.queue.values()) {
    if (row.seq > bounds.seqMax) break;
    const key = entityKey(row.change.entityType, row.change.entityId);
    if (held.has(key)) {
      if (!bounds.failing || !isFailing(row)) continue;
    } else if (bounds.failing) continue;
    const size = jsonBytes(row.change) + 1;
    const full = batch.rows.length >= (bounds.failing ? 1 : bounds.changesMax) ||
      (batch.rows.length > 0 && bytes + size > batchBytesMax);
    if (full) {
      batch.cut = true;
      break;
    }
    bytes += size;
    batch.rows.push(row);
  }
  const unsent = batch.rows.filter((row) => !row.sent);
  return { put: unsent.map((row) => [rowKey.queue(row.seq), { ...row, sent: true }]), result: batch };
}

/** Whether a change counts as failed although it stays in the queue. */
export function isFailing(row: QueueRow): boolean {
  return (row.serverErrors ?? 0) >= serverErrorsMax;
}

/**
 * Entities whose queued changes must wait: their CREATED is quarantined, or the server fails on one of their
 * changes. Everybody else's changes go on.
 */
export function heldEntities(rows: DeviceRows): Set<string> {
  const held = new Set<string>();
  for (const { change } of rows.quarantine.values()) {
    if (change.type === "CREATED") held.add(entityKey(change.entityType, change.entityId));
  }
  for (const row of rows.queue.values()) {
    if (isFailing(row)) held.add(entityKey(row.change.entityType, row.change.entityId));
  }
  return held;
}

/** Whether anything in the queue may leave now. */
export function hasSendable(rows: DeviceRows): boolean {
  if (rows.sync.erasedHold || rows.queue.size === 0) return false;
  const held = heldEntities(rows);
  if (held.size === 0) return true;
  for (const { change } of rows.queue.values()) {
    if (!held.has(entityKey(change.entityType, change.entityId))) return true;
  }
  return false;
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
