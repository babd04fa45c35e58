/**
 * What a stored row of the older system is as a change. Pure, and always the same for the same row: its changeId
 * is derived from user and content, so migrating it twice, anywhere, at any time, is one change.
 */
import { checkIntent, isJsonObject, type JsonObject, limits } from "../../shared/mod.ts";
import { derivedChangeId } from "../../shared/derived_change_id.ts";
import { readLegacyRecord } from "../../shared/legacy_record.ts";
import type { LegacyRow, LegacyTime } from "./legacy_store.ts";

/** An element of a push. */
export interface LegacyChange {
  changeId: string;
  type: "CREATED" | "DELETED";
  entityType: string;
  entityId: string;
  data?: JsonObject;
  timestamp: number;
  baseVersion: number;
}

/** `deleted`: `change` creates a record without content, for a deletion to follow. Or why there is none. */
export type LegacyChangeResult = { ok: true; change: LegacyChange; deleted: boolean } | {
  ok: false;
  reason: string;
};

/** What a deleted record is created with. One object, so that it can be told from a record that is empty. */
export const goneData: JsonObject = Object.freeze({});

/** Types whose records carry their id, as V1 clients know them by it. */
const typesWithId: ReadonlySet<string> = new Set(["logbook_entry", "goal"]);

/** Reads one row. */
export function legacyChange(user: string, row: LegacyRow): LegacyChangeResult {
  const { entityType, entityId } = row;
  const stored = parse(row.data);
  if (stored === undefined) return { ok: false, reason: "The row's data is not JSON." };
  if (!isJsonObject(stored)) return { ok: false, reason: "The record is not a JSON object." };
  const ownId = stored.id ?? undefined;
  if (ownId !== undefined && ownId !== entityId) {
    return { ok: false, reason: "The record's id is not the id of its row." };
  }
  const record = readLegacyRecord(entityType, { ...stored, id: entityId });
  if (!record.ok) return record;
  const { id: _id, ...rest } = record.data;
  const data = ownId === undefined && !typesWithId.has(entityType) ? rest : record.data;
  const deleted = record.deleted || row.deletedAt !== null;
  const content = deleted ? goneData : data;
  // Before anything is derived from it: canonical JSON is for checked data only.
  const checked = checkIntent({ type: "CREATED", entityType, entityId, data: content });
  if (!checked.ok) return { ok: false, reason: checked.reason };
  return {
    ok: true,
    deleted,
    change: {
      changeId: derivedChangeId([user, entityType, entityId, content]),
      type: "CREATED",
      entityType,
      entityId,
      data: content,
      timestamp: timeOf(data.createdAt) ?? timeOf(row.createdAt) ?? 0,
      // Whoever made it has seen nothing of this ledger.
      baseVersion: 0,
    },
  };
}

/** The deletion that follows what a deleted row created as `version`. */
export function legacyDeletion(user: string, row: LegacyRow, version: number): LegacyChange {
  const { entityType, entityId } = row;
  return {
    changeId: derivedChangeId([user, entityType, entityId, null]),
    type: "DELETED",
    entityType,
    entityId,
    timestamp: timeOf(row.deletedAt) ?? timeOf(row.updatedAt) ?? 0,
    baseVersion: version,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** ms since 1970; null for what is no time. */
function timeOf(time: LegacyTime | unknown): number | null {
  const ms = typeof time === "number" ? time : typeof time === "string" ? Date.parse(time) : NaN;
  return Math.abs(ms) <= limits.timestampAbsMax ? ms : null;
}
