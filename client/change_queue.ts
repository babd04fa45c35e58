/**
 * The change queue: how an edit gets in. A pure plan over the rows; how edits leave is told in
 * `network/take_batch.ts`.
 */
import { type ChangeIntent, jsonBytes, limits } from "../shared/mod.ts";
import type { DeviceRows } from "./device_rows.ts";
import type { Plan } from "./device_state.ts";
import type { StoreRow } from "./ports.ts";
import { entityKey, type QueueRow, rowKey, type SyncRow } from "./rows.ts";
import type { ChangeRecord } from "./sync_client_api.ts";

/** An edit on its way into the queue: checked, with its id and times. */
export interface NewChange {
  intent: ChangeIntent;
  changeId: string;
  /** Wall ms. */
  timestamp: number;
  /** What the person saw when they made it; default: what is shown when it is written. */
  baseVersion?: number;
  /** `restarts` when it was handed over: if another history was begun since, nothing of that one has been seen. */
  restarts?: number;
  schemaVersion: number;
}

/** Queues edits in order; the result names the changeId under which each is known. */
export function planQueue(rows: DeviceRows, edits: readonly NewChange[]): Plan<string[]> {
  let seq = rows.queueSeq;
  const fresh = new Map<string, QueueRow>();
  const touched = new Map<number, QueueRow>();
  const changeIds = edits.map((edit) => {
    const change = toChange(edit, rows.sync);
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

function toChange(edit: NewChange, sync: SyncRow): ChangeRecord {
  const { intent, changeId, timestamp, restarts = sync.restarts } = edit;
  const seen = restarts === sync.restarts ? edit.baseVersion ?? sync.viewCursor : 0;
  // A logout may have emptied the database while the edit waited.
  const baseVersion = Math.min(seen, sync.viewCursor);
  return { changeId, ...intent, timestamp, retryCount: 0, baseVersion };
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
