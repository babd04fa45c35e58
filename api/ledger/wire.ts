/**
 * Rows and entities as clients see them: pulled changes, told conflicts, audit rows.
 */
import {
  type Conflict,
  type ConflictReason,
  type HistoryEntry,
  jsonBytes,
  type JsonObject,
  type PulledChange,
  type PulledConflict,
} from "../../shared/mod.ts";
import type { EntityState, LogRow, RowConflict } from "./records.ts";

/** The effect of a row as a delta; null for a row without effect. */
export function deltaRecord(row: LogRow): PulledChange | null {
  if (row.effect === "none") return null;
  const record = recordOf(row, effectType(row));
  if (row.effect !== "deleted") record.data = effectData(row);
  if (row.effect === "updated" && row.unset && row.unset.length > 0) record.unset = row.unset;
  if (row.conflict && winnerOf(row.conflict.reason) === "yours") {
    record.conflict = pulledConflict(row, row.conflict);
  }
  return record;
}

/** An entity as a compacted page gives it: whole, or gone. */
export function compactedRecord(entity: EntityState): PulledChange {
  const { changeId, timestamp, deviceId, createdAt } = entity.origin;
  return {
    changeId,
    type: entity.deleted ? "DELETED" : "CREATED",
    entityType: entity.entityType,
    entityId: entity.entityId,
    ...(entity.deleted ? {} : { data: entity.data }),
    timestamp,
    version: entity.version,
    ...(deviceId === undefined ? {} : { deviceId }),
    createdAt,
  };
}

/** A row of the audit trail: the change as it was pushed, and what became of it. */
export function auditRecord(row: LogRow): HistoryEntry {
  const record = recordOf(row, row.type);
  if (row.data !== undefined) record.data = row.data;
  if (row.unset !== undefined) record.unset = row.unset;
  if (row.conflict) record.conflict = pulledConflict(row, row.conflict);
  return { ...record, status: row.status, effect: row.effect };
}

/** The conflict of a row as its author is told it; null if it met none. */
export function toldConflict(row: LogRow, changeId = row.changeId): Conflict | null {
  const { conflict } = row;
  if (!conflict) return null;
  const { changeId: theirId, createdAt, version, deviceId } = conflict.theirs;
  const told: Conflict = {
    changeId,
    reason: conflict.reason,
    entityType: row.entityType,
    entityId: row.entityId,
    version: row.version,
    winner: winnerOf(conflict.reason),
    fields: conflict.fields.map((name) => ({
      name,
      ...side("yours", row.data, name),
      ...side("theirs", conflict.theirValues, name),
    })),
  };
  if (theirId !== undefined && createdAt !== undefined) {
    told.theirs = { changeId: theirId, ...(deviceId === undefined ? {} : { deviceId }), version, createdAt };
    if (conflict.reason === "updated_on_server") told.theirs.data = conflict.theirValues;
  }
  return told;
}

/** The same conflict without what can be looked up in the history. */
export function truncateConflict(conflict: Conflict): Conflict {
  const { fields: _fields, theirs, ...rest } = conflict;
  const short: Conflict = { ...rest, truncated: true };
  if (theirs) {
    const { data: _data, ...who } = theirs;
    short.theirs = who;
  }
  return short;
}

/**
 * Conflicts that fit `bytesMax`, from the front; the others stay, truncated. Also says what they weigh
 * together, since they share the page's bytes.
 */
export function fitConflicts(
  conflicts: readonly Conflict[],
  bytesMax: number,
): { conflicts: Conflict[]; bytes: number } {
  const short = conflicts.map(truncateConflict);
  let bytes = short.reduce((sum, conflict) => sum + jsonBytes(conflict) + 1, 0);
  const fitted = conflicts.map((conflict, i) => {
    const more = jsonBytes(conflict) - jsonBytes(short[i]!);
    if (bytes + more > bytesMax) return short[i]!;
    bytes += more;
    return conflict;
  });
  return { conflicts: fitted, bytes };
}

/** Whose values stand. */
export function winnerOf(reason: ConflictReason): "yours" | "theirs" {
  return reason === "same_field" || reason === "updated_on_server" ? "yours" : "theirs";
}

function recordOf(row: LogRow, type: PulledChange["type"]): PulledChange {
  return {
    changeId: row.changeId,
    type,
    entityType: row.entityType,
    entityId: row.entityId,
    timestamp: row.timestamp,
    version: row.version,
    ...(row.deviceId === undefined ? {} : { deviceId: row.deviceId }),
    createdAt: row.createdAt,
  };
}

function effectType(row: LogRow): PulledChange["type"] {
  return row.effect === "created" ? "CREATED" : row.effect === "deleted" ? "DELETED" : "UPDATED";
}

function effectData(row: LogRow): JsonObject {
  const data = row.data ?? {};
  return row.took ? Object.fromEntries(row.took.map((name) => [name, data[name]])) : data;
}

function pulledConflict(row: LogRow, conflict: RowConflict): PulledConflict {
  const pushedStands = winnerOf(conflict.reason) === "yours";
  const [kept, lost] = pushedStands ? [row.data, conflict.theirValues] : [conflict.theirValues, row.data];
  const lostDeviceId = pushedStands ? conflict.theirs.deviceId : row.deviceId;
  return {
    reason: conflict.reason,
    fields: conflict.fields.map((name) => ({
      name,
      ...side("kept", kept, name),
      ...side("lost", lost, name),
    })),
    ...(lostDeviceId === undefined ? {} : { lostDeviceId }),
  };
}

/** One side of a field's entry; a side that was removed is left out. */
function side<Name extends string>(
  label: Name,
  values: JsonObject | undefined,
  name: string,
): { [K in Name]?: unknown } {
  if (!values || !Object.hasOwn(values, name)) return {};
  return { [label]: values[name] } as { [K in Name]?: unknown };
}
