/**
 * Conflicts that wait for a person: what this device's change ran into (`conflicts` of an answer), and what a
 * pulled change took from this device (`conflict` of a pulled change). They close when the fields are written
 * again without a conflict, or when the entity is deleted.
 */
import { type Conflict, type JsonObject, ownField, type PulledChange, sameJson } from "../../shared/mod.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { PageEffect } from "./fold_page.ts";
import type { ConflictRow, QueueRow } from "../rows.ts";
import type { OpenConflict } from "../sync_client_api.ts";

/** The row of a conflict told about one of our own changes; null if there is nothing to choose. */
export function ownConflictRow(
  rows: DeviceRows,
  sent: readonly QueueRow[],
  conflict: Conflict,
  nowMs: number,
): ConflictRow | null {
  if (rows.conflict.has(conflict.changeId)) return null;
  const mine = sent.find(({ change }) => change.changeId === conflict.changeId)?.change;
  // A replay of a conflict that was told and closed before.
  if (!mine || (!rows.queued(conflict.changeId) && !rows.quarantine.has(conflict.changeId))) return null;
  const { changeId, reason, entityType, entityId, version, theirs } = conflict;
  const fields = conflict.fields?.map(({ name, yours, theirs }) => side(name, yours, theirs)) ??
    Object.entries(mine.data ?? {}).map(([name, value]) => side(name, value));
  const base = rows.shown(entityType, entityId)?.data;
  const removed = reason === "deleted_on_server" && base ? mine.unset ?? [] : [];
  for (const name of removed) {
    // The answer names no field that is on neither side now; the record that can be put back has it.
    if (Object.hasOwn(base!, name) && !fields.some((field) => field.name === name)) fields.push({ name });
  }
  // Nothing differs.
  if (conflict.fields && fields.length === 0 && theirs?.data === undefined) return null;
  const row: ConflictRow = {
    id: changeId,
    mineChangeId: changeId,
    entityType,
    entityId,
    reason,
    version,
    winner: conflict.winner === "yours" ? "mine" : "theirs",
    fields,
    noticedAt: nowMs,
  };
  // After a deletion the whole entity is needed to put it back, otherwise the fields concerned.
  if (base) row.base = reason === "deleted_on_server" ? base : onlyFields(base, row.fields);
  if (theirs) row.theirs = theirs;
  if (conflict.truncated) row.truncated = true;
  return row;
}

/** The row of a pulled change that overwrote something of this device; null if it did not. */
export function pulledConflictRow(
  rows: DeviceRows,
  { change, removed }: PageEffect,
  deviceId: string,
  nowMs: number,
): ConflictRow | null {
  const { conflict, changeId, entityType, entityId, version } = change;
  if (!conflict || conflict.lostDeviceId !== deviceId || rows.conflict.has(changeId)) return null;
  // Our own change that overwrote something of ours: already told by its verdict.
  if (change.deviceId === deviceId) return null;
  const theirs: NonNullable<Conflict["theirs"]> = { changeId, version, createdAt: change.createdAt };
  if (change.deviceId !== undefined) theirs.deviceId = change.deviceId;
  return {
    id: changeId,
    entityType,
    entityId,
    reason: conflict.reason,
    version,
    winner: "theirs",
    fields: conflict.fields.map(({ name, kept, lost }) => side(name, lost, kept)),
    theirs,
    // After a deletion the whole entity is needed to put it back.
    ...(removed ? { base: removed } : {}),
    noticedAt: nowMs,
  };
}

/**
 * What the effects of a page leave of open conflicts: a row with the fields that nobody has written since, or
 * null for one that is settled; conflicts that they do not touch are left out. Compacted records carry unwritten
 * fields too, and the last page of a compacted pull does not say that it is one: any page may be that has nothing
 * but what compacted ones have.
 */
export function remainingConflicts(
  open: readonly ConflictRow[],
  effects: readonly PageEffect[],
): Map<string, ConflictRow | null> {
  const compacted = effects.every(({ own, change }) =>
    own || (change.type !== "UPDATED" && !change.conflict)
  );
  const remaining = new Map<string, ConflictRow | null>();
  for (const row of open) {
    let left: ConflictRow | null = row;
    for (const { own, change } of effects) {
      if (left && concerns(left, change)) left = withoutWritten(left, change, compacted && !own);
    }
    if (left !== row) remaining.set(row.id, left);
  }
  return remaining;
}

function concerns({ entityType, entityId, version }: ConflictRow, change: PulledChange): boolean {
  return !change.conflict && change.entityType === entityType && change.entityId === entityId &&
    change.version > version;
}

/** The conflict without the fields that the change has settled; null if none is left. */
function withoutWritten(row: ConflictRow, change: PulledChange, compacted: boolean): ConflictRow | null {
  const fields = row.fields.filter((field) => isOpen(row, field, change, compacted));
  if (fields.length === 0) return null;
  return fields.length < row.fields.length ? { ...row, fields } : row;
}

type Field = ConflictRow["fields"][number];

/** Whether a field still waits for a choice after a change of its entity. */
function isOpen(
  { reason, winner }: ConflictRow,
  field: Field,
  change: PulledChange,
  compacted: boolean,
): boolean {
  const { type, data, unset } = change;
  if (type === "UPDATED") return !Object.hasOwn(data ?? {}, field.name) && !unset?.includes(field.name);
  // A deletion settles all; so does a creation, unless it is how a compacted pull tells of the entity.
  if (!compacted || !data || reason === "deleted_on_server" || reason === "updated_on_server") return false;
  return Object.hasOwn(field, winner) === Object.hasOwn(data, field.name) &&
    sameJson(field[winner], ownField(data, field.name));
}

function side(name: string, mine?: unknown, theirs?: unknown): OpenConflict["fields"][number] {
  return {
    name,
    ...(mine === undefined ? {} : { mine }),
    ...(theirs === undefined ? {} : { theirs }),
  };
}

function onlyFields(data: JsonObject, fields: readonly { name: string }[]): JsonObject {
  return Object.fromEntries(
    fields.filter(({ name }) => Object.hasOwn(data, name)).map(({ name }) => [name, data[name]]),
  );
}
