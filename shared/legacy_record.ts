/**
 * Records of the older, full-state system as they are met in old databases and in browsers' localStorage, and
 * the one form in which they enter the change log. This border is the only place that knows the dialects;
 * fields that it does not know pass through untouched.
 */
import { isId } from "./check_change.ts";
import { isJsonObject, type JsonObject } from "./json.ts";

/** Entity types that the older system had rules for; all others pass as they are. */
type KnownType = "logbook_entry" | "goal";

/** A record in the log's form, or why it cannot be taken over. */
export type LegacyRecord = { ok: true; id: string; data: JsonObject; deleted: boolean } | {
  ok: false;
  reason: string;
};

interface Dialect {
  /** Fields with an ISO time that were sometimes ms since 1970. */
  times: readonly string[];
  /** Fields of lower-case names that were sometimes written in capitals. */
  enums: readonly string[];
  /** Fields with arrays that were sometimes stored as JSON text. */
  arrays: readonly string[];
}

const dialects: Readonly<Record<KnownType, Dialect>> = {
  logbook_entry: {
    times: ["timestamp", "createdAt", "updatedAt", "deletedAt"],
    enums: ["type", "instrument", "mood"],
    arrays: ["pieces", "techniques", "goalIds", "tags"],
  },
  goal: {
    times: ["targetDate", "completedAt", "createdAt", "updatedAt", "deletedAt"],
    enums: ["status"],
    arrays: ["milestones", "linkedEntries"],
  },
};

/** Normalises one stored record. Pure: the same record always gives the same data. */
export function readLegacyRecord(entityType: string, stored: unknown): LegacyRecord {
  if (!isJsonObject(stored)) return { ok: false, reason: "The record is not a JSON object." };
  if (!isId(stored.id)) return { ok: false, reason: "The record has no usable id." };
  const { userId: _userId, ...data } = stored;
  const dialect = Object.hasOwn(dialects, entityType) ? dialects[entityType as KnownType] : null;
  if (dialect) normalise(data, dialect);
  if (entityType === "logbook_entry") completeEntry(data);
  return { ok: true, id: stored.id, data, deleted: data.deletedAt !== undefined && data.deletedAt !== null };
}

function normalise(data: JsonObject, { times, enums, arrays }: Dialect): void {
  // `goals` was the older name of `goalIds`.
  if (arrays.includes("goalIds") && data.goalIds === undefined && data.goals !== undefined) {
    data.goalIds = data.goals;
    delete data.goals;
  }
  for (const name of times) {
    const value = data[name];
    if (typeof value === "number" && Math.abs(value) <= 8.64e15) data[name] = new Date(value).toISOString();
  }
  for (const name of enums) {
    const value = data[name];
    if (typeof value === "string" && /^[A-Z][A-Z_]*$/.test(value)) data[name] = value.toLowerCase();
  }
  for (const name of arrays) {
    const value = data[name];
    if (typeof value === "string") data[name] = readArray(value) ?? value;
  }
}

/** Entries without times of their own get the time of the practice. */
function completeEntry(data: JsonObject): void {
  if (typeof data.timestamp !== "string") return;
  data.createdAt ??= data.timestamp;
  data.updatedAt ??= data.createdAt;
}

function readArray(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
