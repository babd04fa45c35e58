/**
 * Rewrites a record of today the way some older version of V1 would have stored it. The counterpart of
 * `shared/legacy_record.ts`, for generated databases only.
 */
import type { SeededRandom } from "../../client/demo/seeded_random.ts";
import { isJsonObject, type JsonObject } from "../../shared/mod.ts";

const times = ["timestamp", "createdAt", "updatedAt", "deletedAt", "completedAt", "targetDate"];
const capitals = ["type", "instrument", "mood", "status"];
const arrays = ["pieces", "techniques", "goalIds", "tags", "milestones", "linkedEntries"];
/** Optional fields that a form sent as `undefined` and a database kept as null. */
const optional = ["notes", "mood", "instrument", "description", "targetDate"];
/** How often each dialect is met. */
const dialectShare = 0.2;

/** A copy in zero or more dialects. */
export function inDialect(
  entityType: string,
  record: JsonObject,
  userId: string,
  random: SeededRandom,
): JsonObject {
  const data = { ...record };
  // Types without rules were stored by newer versions, which had one dialect only.
  const known = entityType === "logbook_entry" || entityType === "goal";
  if (random.chance(dialectShare)) data.userId = userId;
  if (!known) return data;
  if (random.chance(dialectShare)) {
    change(data, times, (value) => typeof value === "string" ? Date.parse(value) : value);
  }
  if (random.chance(dialectShare)) {
    change(data, capitals, (value) => typeof value === "string" ? value.toUpperCase() : value);
  }
  if (random.chance(dialectShare) && data.goalIds !== undefined) {
    data.goals = data.goalIds;
    delete data.goalIds;
  }
  if (random.chance(dialectShare)) {
    change(data, arrays, (value) => Array.isArray(value) ? JSON.stringify(value) : value);
  }
  if (random.chance(dialectShare)) { for (const name of optional) data[name] ??= null; }
  if (random.chance(dialectShare)) {
    delete data.createdAt;
    delete data.updatedAt;
  }
  // Text that dumps have to escape.
  if (random.chance(0.1) && typeof data.notes === "string") {
    data.notes = `${data.notes}\nIt's "so\\n";\r\n-- 日本語 🎹 'end''`;
  }
  if (random.chance(0.1) && isJsonObject(data.metadata)) data.metadata = { ...data.metadata, légende: "é" };
  return data;
}

function change(data: JsonObject, names: readonly string[], changed: (value: unknown) => unknown): void {
  for (const name of names) if (data[name] !== undefined) data[name] = changed(data[name]);
}
