/** Rows, answers and batches for tests of the client's pure plans: short to write, complete in type. */
import type { ChangeIntent, SyncResponse, Verdict } from "../../../shared/mod.ts";
import { DeviceRows } from "../../../client/device_rows.ts";
import type { Plan } from "../../../client/device_state.ts";
import type { Batch } from "../../../client/network/take_batch.ts";
import type { StoreRow } from "../../../client/ports.ts";
import {
  type AckedRow,
  type BaseRow,
  initialSyncRow,
  type QuarantineRow,
  type QueueRow,
  rowKey,
  type SyncRow,
} from "../../../client/rows.ts";
import type { ChangeRecord } from "../../../client/sync_client_api.ts";

/** A UUID that says its number. */
export function uuid(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

/** The device of these tests. */
export const deviceId = uuid(0xdede);
/** Another device. */
export const otherDevice = uuid(0xabab);
/** Server time of answers unless a test says otherwise. */
export const serverTime = "2026-03-01T08:00:00.000Z";
export const serverMs = Date.parse(serverTime);
export const dayMs = 86_400_000;

/** A change record; `n` numbers its changeId. */
export function change(n: number, intent: Partial<ChangeIntent> & Partial<ChangeRecord> = {}): ChangeRecord {
  const type = intent.type ?? "UPDATED";
  return {
    changeId: uuid(n),
    entityType: "goal",
    entityId: "g1",
    ...(type === "DELETED" ? {} : { data: { n } }),
    timestamp: 1000 + n,
    retryCount: 0,
    baseVersion: 0,
    ...intent,
    type,
  };
}

/** A queue row of change `n` at place `n`. */
export function queued(
  n: number,
  intent: Partial<ChangeIntent> & Partial<ChangeRecord> = {},
  more: Partial<QueueRow> = {},
): QueueRow {
  return { seq: n, change: change(n, intent), sent: false, schemaVersion: 0, ...more };
}

/** A quarantined change `n`. */
export function quarantined(
  n: number,
  intent: Partial<ChangeIntent> & Partial<ChangeRecord> = {},
  more: Partial<QuarantineRow> = {},
): QuarantineRow {
  return {
    seq: n,
    change: change(n, intent),
    schemaVersion: 0,
    sent: true,
    code: "invalid_data",
    reason: "No.",
    failedAt: 0,
    ...more,
  };
}

/** A settled change `n`. */
export function acked(
  n: number,
  version: number,
  intent: Partial<ChangeIntent> & Partial<ChangeRecord> = {},
  more: Partial<AckedRow> = {},
): AckedRow {
  return {
    version,
    change: change(n, intent),
    status: "applied",
    effect: true,
    settledAtMs: serverMs,
    ...more,
  };
}

/** What a test's database holds. */
export interface Contents {
  queue?: QueueRow[];
  quarantine?: QuarantineRow[];
  acked?: AckedRow[];
  /** Entities of type `goal` by id, in the slot that is shown. */
  base?: Record<string, BaseRow>;
  sync?: Partial<SyncRow>;
  more?: StoreRow[];
}

/** The rows of a database as the engine would have loaded them. */
export function makeRows(contents: Contents = {}): DeviceRows {
  const rows = new DeviceRows();
  const { queue = [], quarantine = [], acked = [], base = {}, sync = {}, more = [] } = contents;
  const row: SyncRow = { ...initialSyncRow, ...sync };
  rows.set(rowKey.meta("sync"), row);
  const seqs = [...queue, ...quarantine].map(({ seq }) => seq);
  rows.set(rowKey.meta("queueSeq"), Math.max(0, ...seqs));
  for (const [id, value] of Object.entries(base)) rows.set(rowKey.base(row.shownSlot, "goal", id), value);
  for (const row of queue) rows.set(rowKey.queue(row.seq), row);
  for (const row of quarantine) rows.set(rowKey.quarantine(row.change.changeId), row);
  for (const row of acked) rows.set(rowKey.acked(row.version, row.change.changeId), row);
  for (const [key, value] of more) rows.set(key, value);
  return rows;
}

/** Writes a plan into the rows the way a commit does; returns its result. */
export function perform<T>(rows: DeviceRows, plan: Plan<T>): T {
  for (const slot of plan.clearSlots ?? []) rows.base[slot]!.clear();
  for (const key of plan.remove ?? []) rows.remove(key);
  for (const [key, value] of plan.put ?? []) rows.set(key, structuredClone(value));
  return plan.result;
}

/** The batch of some queue rows, taken where the rows stand. */
export function batchOf(rows: DeviceRows, sent: QueueRow[] = [...rows.queue.values()]): Batch {
  const { epoch, cursor, snapshot, restarts } = rows.sync;
  return { rows: sent, from: { epoch, cursor, snapshot, restarts }, cut: false };
}

/** An answer; nothing happened in it unless the test says so. */
export function answer(more: Partial<SyncResponse> = {}): SyncResponse {
  const latest = more.latestServerVersion ?? 0;
  return {
    newChanges: [],
    latestServerVersion: latest,
    results: [],
    serverVersion: latest,
    hasMore: false,
    epoch: "e1",
    serverTime,
    ...more,
  };
}

/** A verdict on change `n`. */
export function verdict(n: number, status: Verdict["status"], version?: number, more: Partial<Verdict> = {}) {
  return { changeId: uuid(n), status, ...(version === undefined ? {} : { version }), ...more } as Verdict;
}

/** A rejection of change `n`. */
export function rejection(n: number, code: Verdict["code"] = "invalid_data"): Verdict {
  return { changeId: uuid(n), status: "rejected", code: code!, reason: "It breaks the site's rules." };
}
