/**
 * Quarantine: changes that could not be saved. They are set aside with their reason, never dropped; a person
 * retries or discards them. While a CREATED is here, later changes of its entity are held in the queue and
 * shown as its dependents.
 */
import type { DeviceRows } from "../device_rows.ts";
import type { Plan } from "../device_state.ts";
import type { StoreKey, StoreRow } from "../ports.ts";
import { type DiscardRow, entityKey, type QuarantineRow, type QueueRow, rowKey } from "../rows.ts";
import type { FailedChange, FailureCode } from "../sync_client_api.ts";
import { isFailing } from "../held_changes.ts";

/** Most discard records kept; the oldest go first. */
const discardRecordsMax = 500;
const serverErrorReason =
  "The server failed on this change five times. It is kept and tried again from time to time.";

/** The row that sets a queued change aside. */
export function quarantineRow(
  row: QueueRow,
  code: FailureCode,
  reason: string,
  failedAt: number,
): QuarantineRow {
  const { seq, change, schemaVersion, sent } = row;
  return { seq, change, schemaVersion, sent, code, reason, failedAt };
}

/** All changes that count as failed, with the held dependents of a rejected CREATED under it. */
export function failedChanges(rows: DeviceRows): FailedChange[] {
  const quarantined = [...rows.quarantine.values()].sort((a, b) => a.seq - b.seq);
  const failed: FailedChange[] = [];
  for (const row of quarantined) {
    failed.push(toFailedChange(row));
    if (row.change.type !== "CREATED") continue;
    for (const held of rows.queuedOf(row.change.entityType, row.change.entityId)) {
      failed.push({
        ...held.change,
        code: "dependency_rejected",
        reason: "It waits for the creation of its record, which could not be saved.",
        dependsOn: row.change.changeId,
        failedAt: row.failedAt,
      });
    }
  }
  for (const row of rows.queue.values()) {
    if (!isFailing(row)) continue;
    failed.push({
      ...row.change,
      code: "server_error",
      reason: serverErrorReason,
      failedAt: row.change.timestamp,
    });
  }
  return failed;
}

/** A quarantined change as apps see it. */
export function toFailedChange(row: QuarantineRow): FailedChange {
  const { change, code, reason, failedAt, dependsOn } = row;
  return { ...change, code, reason, failedAt, ...(dependsOn === undefined ? {} : { dependsOn }) };
}

/**
 * Puts a failed change back into the queue; a CREATED together with its quarantined dependents. A CREATED and
 * what depends on it take their old places, so that the entity's order is the one it was edited in; any other
 * change goes last, because later edits of its entity may already be settled.
 * The result is false if no failed change has this id.
 */
export function planRetry(rows: DeviceRows, changeId: string): Plan<boolean> {
  const failing = rows.queued(changeId);
  if (failing && isFailing(failing)) {
    const { serverErrors: _errors, ...row } = failing;
    return { put: [[rowKey.queue(row.seq), row]], result: true };
  }
  const group = quarantinedGroup(rows, changeId);
  if (group.length === 0) return { result: false };
  let seq = rows.queueSeq;
  const keepsPlace = group[0]!.change.type === "CREATED";
  const put: StoreRow[] = group.map((row) => {
    const place = keepsPlace ? row.seq : ++seq;
    const { change, schemaVersion, sent } = row;
    return [rowKey.queue(place), { seq: place, change, schemaVersion, sent } satisfies QueueRow];
  });
  if (seq !== rows.queueSeq) put.push([rowKey.meta("queueSeq"), seq]);
  return { put, remove: group.map((row) => rowKey.quarantine(row.change.changeId)), result: true };
}

/**
 * Gives a failed change up, with its dependents, and leaves a record of each.
 * The result is what was given up; empty if no failed change has this id.
 */
export function planDiscard(rows: DeviceRows, changeId: string, nowMs: number): Plan<DiscardRow[]> {
  const remove: StoreKey[] = [];
  const discarded: DiscardRow[] = [];
  const failing = rows.queued(changeId);
  const failed = failing && isFailing(failing) ? [failing] : [];
  for (const row of failed) giveUp(row, rowKey.queue(row.seq));
  for (const row of quarantinedGroup(rows, changeId)) giveUp(row, rowKey.quarantine(row.change.changeId));
  return { ...recordDiscards(rows, discarded, remove), result: discarded };

  /** Gives one change up, and what waits in the queue for the record that it would have made. */
  function giveUp({ change, seq }: QueueRow | QuarantineRow, key: StoreKey): void {
    remove.push(key);
    discarded.push({ change, discardedAt: nowMs });
    if (change.type !== "CREATED") return;
    for (const held of rows.queuedOf(change.entityType, change.entityId)) {
      if (held.seq <= seq) continue;
      remove.push(rowKey.queue(held.seq));
      discarded.push({ change: held.change, discardedAt: nowMs });
    }
  }
}

/** Gives everything up that is queued or failed. */
export function planDiscardAll(rows: DeviceRows, nowMs: number): Plan<void> {
  const waiting = [...rows.queue.values(), ...rows.quarantine.values()];
  const remove = [
    ...[...rows.queue.keys()].map((seq) => rowKey.queue(seq)),
    ...[...rows.quarantine.keys()].map((changeId) => rowKey.quarantine(changeId)),
  ];
  const discarded = waiting.map(({ change }) => ({ change, discardedAt: nowMs }));
  return { ...recordDiscards(rows, discarded, remove), result: undefined };
}

/** Discard records for `discarded`, the oldest records dropped beyond the bound. */
function recordDiscards(
  rows: DeviceRows,
  discarded: readonly DiscardRow[],
  remove: StoreKey[],
): { put: StoreRow[]; remove: StoreKey[] } {
  const surplus = rows.discard.size + discarded.length - discardRecordsMax;
  const oldest = [...rows.discard.values()].sort((a, b) => a.discardedAt - b.discardedAt);
  for (const { change } of surplus > 0 ? oldest.slice(0, surplus) : []) {
    remove.push(rowKey.discard(change.changeId));
  }
  return { put: discarded.map((row) => [rowKey.discard(row.change.changeId), row]), remove };
}

/** A quarantined change, with the quarantined dependents if it is a CREATED, in order. */
function quarantinedGroup(rows: DeviceRows, changeId: string): QuarantineRow[] {
  const row = rows.quarantine.get(changeId);
  if (!row) return [];
  if (row.change.type !== "CREATED") return [row];
  const key = entityKey(row.change.entityType, row.change.entityId);
  const dependents = [...rows.quarantine.values()]
    .filter(({ change }) =>
      change.changeId !== changeId && entityKey(change.entityType, change.entityId) === key
    )
    .filter(({ seq }) => seq > row.seq);
  return [row, ...dependents].sort((a, b) => a.seq - b.seq);
}
