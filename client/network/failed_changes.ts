/**
 * Quarantine: changes that could not be saved. They are set aside with their reason, never dropped; a person
 * retries or discards them. While a CREATED is here, later changes of its entity are held in the queue and
 * shown as its dependents.
 */
import { checkIntent, isJsonObject, type JsonObject } from "../../shared/mod.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { Plan } from "../device_state.ts";
import type { StoreKey, StoreRow } from "../ports.ts";
import { type DiscardRow, type QuarantineRow, type QueueRow, rowKey } from "../rows.ts";
import { type Blocker, blockers, heldEntities, isFailing, keyOf } from "../held_changes.ts";
import { ownCopy } from "./own_copy.ts";
import type { ClientErrorCode, FailedChange, FailureCode } from "../sync_client_api.ts";

/** Most discard records kept; the oldest go first. */
const discardRecordsMax = 500;
const serverErrorReason =
  "The server failed on this change five times. It is kept and tried again from time to time.";
const rejectedFirst = "It waits for the creation of its record, which could not be saved.";
const failingFirst = "It waits for an earlier change of its record, which the server fails on.";

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

/** All changes that count as failed, each with what waits behind it. */
export function failedChanges(rows: DeviceRows): FailedChange[] {
  const held = heldBehind(rows);
  const failing = [...rows.queue.values()].filter(isFailing);
  const quarantined = [...rows.quarantine.values()].sort((a, b) => a.seq - b.seq);
  return [
    ...quarantined.flatMap((row) => [toFailedChange(row), ...waiting(row, rejectedFirst, row.failedAt)]),
    ...failing.flatMap((row) => {
      const { change } = row;
      const failedAt = change.timestamp;
      const failed: FailedChange = { ...change, code: "server_error", reason: serverErrorReason, failedAt };
      return [failed, ...waiting(row, failingFirst, failedAt)];
    }),
  ];

  function waiting(row: Blocker, reason: string, failedAt: number): FailedChange[] {
    const dependsOn = row.change.changeId;
    return (held.get(row) ?? []).map(({ change }) => ({
      ...change,
      code: "dependency_rejected",
      reason,
      dependsOn,
      failedAt,
    }));
  }
}

/** The queued changes that wait behind each blocker; a change is named once, under the first. */
function heldBehind(rows: DeviceRows): Map<Blocker, QueueRow[]> {
  const seen = new Set<QueueRow>();
  return new Map(
    blockers(rows).map((blocker) => {
      const { entityType, entityId } = blocker.change;
      const held = rows.queuedOf(entityType, entityId).filter((row) => !isFailing(row) && !seen.has(row));
      for (const row of held) seen.add(row);
      return [blocker, held];
    }),
  );
}

/** A quarantined change as apps see it. */
export function toFailedChange(row: QuarantineRow): FailedChange {
  const { change, code, reason, failedAt, dependsOn } = row;
  return { ...change, code, reason, failedAt, ...(dependsOn === undefined ? {} : { dependsOn }) };
}

/** Whether a failed change could be queued again. */
export type RetryOutcome = { ok: true } | { ok: false; code: ClientErrorCode; message: string };

/** New data for a failed change, with the identity of the change that takes its place. */
export interface EditedData {
  changeId: string;
  timestamp: number;
  data: JsonObject;
}

/**
 * Puts a failed change back into the queue; a CREATED together with its quarantined dependents. A CREATED and
 * what depends on it take their old places, so that the entity's order is the one it was edited in; any other
 * change goes last, because later edits of its entity may already be settled.
 *
 * With `edited` a change with that data takes the place of the failed one, in the same transaction. It has an id
 * of its own, since nobody can know that the server has never settled the old one, and the old one leaves a
 * discard record. Its `baseVersion` stays: what was unseen then is told as a conflict, not overwritten.
 *
 * What only waits behind a failed change goes when that one does: without `edited` that one is retried.
 */
export function planRetry(rows: DeviceRows, changeId: string, edited?: EditedData): Plan<RetryOutcome> {
  const waiting = heldChange(rows, changeId);
  if (waiting && !isFailing(waiting) && !edited) {
    const key = keyOf(waiting);
    return planRetry(rows, blockers(rows).find((row) => keyOf(row) === key)!.change.changeId);
  }
  const creation = creationOf(rows, changeId);
  if (creation && !edited) return planRetry(rows, creation.change.changeId);
  const group = waiting ? [waiting] : quarantinedGroup(rows, changeId);
  if (group.length === 0) {
    const message = `Cannot retry the change: no failed change has the id ${changeId}.`;
    return { result: { ok: false, code: "not_found", message } };
  }
  const changed = edited && editedChange(group[0]!.change, edited);
  if (changed && !changed.ok) return { result: changed };
  const keepsPlace = group[0] === waiting || creation || group[0]!.change.type === "CREATED";
  let seq = rows.queueSeq;
  const put = group.map((row): StoreRow => {
    const place = keepsPlace ? row.seq : ++seq;
    const { change, schemaVersion, sent } = row;
    let again: QueueRow = { seq: place, schemaVersion, change, sent };
    if (changed && row === group[0]) again = { ...again, change: changed.change, sent: false };
    // What else is known of it, such as that it was saved before a restore, stays true.
    else if (row === waiting) again = { ...waiting };
    delete again.serverErrors;
    return [rowKey.queue(place), again];
  });
  if (seq !== rows.queueSeq) put.push([rowKey.meta("queueSeq"), seq]);
  const remove = group[0] === waiting ? [] : group.map((row) => rowKey.quarantine(row.change.changeId));
  if (changed) {
    const given = { change: group[0]!.change, discardedAt: edited.timestamp };
    put.push(...recordDiscards(rows, [given], remove).put);
  }
  return { put, remove, result: { ok: true } };
}

/** The failed change with new data, or why that cannot be. */
function editedChange(
  failed: QueueRow["change"],
  { changeId, timestamp, data }: EditedData,
): { ok: true; change: QueueRow["change"] } | { ok: false; code: ClientErrorCode; message: string } {
  // A field that is given now is not one to be removed any more.
  const unset = failed.unset?.filter((name) => !isJsonObject(data) || !Object.hasOwn(data, name));
  const checked = checkIntent({ ...failed, data: ownCopy(data), unset });
  if (failed.type === "DELETED") {
    const message = "Cannot retry the deletion with other data: a deletion has none. Retry it as it is.";
    return { ok: false, code: "invalid_change", message };
  }
  if (!checked.ok) {
    return { ok: false, code: checked.code, message: `Cannot retry the change: ${checked.reason}` };
  }
  const { unset: _unset, ...rest } = failed;
  return { ok: true, change: { ...rest, ...checked.intent, changeId, timestamp, retryCount: 0 } };
}

/**
 * Gives a failed change up, with its dependents, and leaves a record of each. A later CREATED of the same id
 * stands by itself. The result is what was given up; empty if no failed change has this id.
 */
export function planDiscard(rows: DeviceRows, changeId: string, nowMs: number): Plan<DiscardRow[]> {
  const first = heldChange(rows, changeId) ?? rows.quarantine.get(changeId);
  const given = first ? [first, ...dependents(rows, first)] : [];
  const remove = given.map((row) =>
    "failedAt" in row ? rowKey.quarantine(row.change.changeId) : rowKey.queue(row.seq)
  );
  const discarded = given.map(({ change }) => ({ change, discardedAt: nowMs }));
  return { ...recordDiscards(rows, discarded, remove), result: discarded };
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

/** Discard records for `discarded`, the oldest dropped beyond the bound, and the end of a hold that holds nothing. */
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
  const put = discarded.map((row): StoreRow => [rowKey.discard(row.change.changeId), row]);
  const gone = remove.filter(([kind]) => kind === "queue").length;
  if (rows.sync.erasedHold && gone === rows.queue.size) {
    // Nothing is left that an erase holds back: the hold must not outlive it and keep later edits from leaving.
    put.push([rowKey.meta("sync"), { ...rows.sync, erasedHold: false }]);
  }
  return { put, remove };
}

/** A change in the queue that counts as failed: the server fails on it, or it waits behind one that failed. */
function heldChange(rows: DeviceRows, changeId: string): QueueRow | undefined {
  const row = rows.queued(changeId);
  return row && heldEntities(rows).has(keyOf(row)) ? row : undefined;
}

/** The quarantined CREATED that a quarantined change waits for. */
function creationOf(rows: DeviceRows, changeId: string): QuarantineRow | undefined {
  const row = rows.quarantine.get(changeId);
  if (!row || row.change.type === "CREATED") return undefined;
  return [...rows.quarantine.values()]
    .find((other) => other.change.type === "CREATED" && other.seq < row.seq && keyOf(other) === keyOf(row));
}

/** What was edited, in order, on the record that a CREATED would have made: up to the next CREATED of that id. */
function dependents(rows: DeviceRows, first: Blocker): Blocker[] {
  const { type, entityType, entityId } = first.change;
  if (type !== "CREATED") return [];
  const later = [...rows.quarantine.values(), ...rows.queuedOf(entityType, entityId)]
    .filter((row) => row.seq > first.seq && keyOf(row) === keyOf(first))
    .sort((a, b) => a.seq - b.seq);
  const next = later.findIndex(({ change }) => change.type === "CREATED");
  return next < 0 ? later : later.slice(0, next);
}

/** A quarantined change, with the quarantined dependents if it is a CREATED, in order. */
function quarantinedGroup(rows: DeviceRows, changeId: string): QuarantineRow[] {
  const row = rows.quarantine.get(changeId);
  if (!row) return [];
  if (row.change.type !== "CREATED") return [row];
  const dependents = [...rows.quarantine.values()]
    .filter((other) => other.seq > row.seq && keyOf(other) === keyOf(row));
  return [row, ...dependents].sort((a, b) => a.seq - b.seq);
}
