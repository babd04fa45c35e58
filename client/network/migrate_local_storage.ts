/**
 * Takes over what an older version of the site kept in localStorage. Every record becomes a CREATED change
 * whose changeId is derived from user and content; the sources are only read.
 */
import { type ChangeIntent, checkIntent, type JsonObject } from "../../shared/mod.ts";
import { derivedChangeId } from "../../shared/derived_change_id.ts";
import { readLegacyRecord } from "../../shared/legacy_record.ts";
import { planQueue } from "../change_queue.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { Plan } from "../device_state.ts";
import { rowKey } from "../rows.ts";
import type { LocalMigration, LocalMigrationOptions } from "../sync_client_api.ts";
import { localStorageKeys } from "./local_storage_keys.ts";

/** Reads a key of localStorage; null if there is none. */
export type ReadKey = (key: string) => string | null;

/** A record that is fit to be queued. */
interface Candidate {
  intent: ChangeIntent;
  changeId: string;
}

/** What was found in localStorage. */
export interface LocalRecords {
  candidates: Candidate[];
  skipped: LocalMigration["skipped"];
}

/** Reads and normalises the records of `userId`. */
export function readLocalRecords(
  read: ReadKey,
  userId: string,
  options: LocalMigrationOptions,
): LocalRecords {
  const { entriesKey, goalsKey, deletedKey } = { ...localStorageKeys, ...options };
  const found: LocalRecords = { candidates: [], skipped: [] };
  const deleted = new Set(readList(read, deletedKey, "logbook_entry", found.skipped));
  for (const [key, entityType] of [[entriesKey, "logbook_entry"], [goalsKey, "goal"]] as const) {
    for (const stored of readList(read, key, entityType, found.skipped)) {
      const record = readLegacyRecord(entityType, stored);
      if (!record.ok) {
        found.skipped.push({ entityType, entityId: idOf(stored), reason: record.reason });
        continue;
      }
      const { id, data } = record;
      if (record.deleted || (entityType === "logbook_entry" && deleted.has(id))) continue;
      const checked = checkIntent({ type: "CREATED", entityType, entityId: id, data });
      if (!checked.ok) found.skipped.push({ entityType, entityId: id, reason: checked.reason });
      else {
        const changeId = derivedChangeId([userId, entityType, id, data]);
        found.candidates.push({ intent: checked.intent, changeId });
      }
    }
  }
  return found;
}

/** Queues the records that this device has never queued before, and marks the user's migration as done. */
export function planMigration(
  rows: DeviceRows,
  found: LocalRecords,
  nowMs: number,
  schemaVersion: (entityType: string) => number,
): Plan<LocalMigration> {
  const settled = new Set([...rows.acked.values()].map((row) => row.change.changeId));
  // One that lies there twice is one change: the queue knows no id twice.
  const distinct = new Map(found.candidates.map((each) => [each.changeId, each]));
  const fresh = [...distinct.values()].filter(({ changeId }) =>
    !rows.queued(changeId) && !rows.quarantine.has(changeId) && !rows.discard.has(changeId) &&
    !settled.has(changeId) && !rows.migrated
  );
  const { put = [] } = planQueue(
    rows,
    fresh.map(({ intent, changeId }) => ({
      intent,
      changeId,
      // Nothing on the server was seen when these were made.
      baseVersion: 0,
      timestamp: Date.parse(String((intent.data as JsonObject).createdAt)) || nowMs,
      schemaVersion: schemaVersion(intent.entityType),
    })),
  );
  const count = (type: string) => fresh.filter(({ intent }) => intent.entityType === type).length;
  return {
    put: [...put, [rowKey.meta("migrated"), true]],
    result: {
      entriesMigrated: count("logbook_entry"),
      goalsMigrated: count("goal"),
      skipped: rows.migrated ? [] : found.skipped,
    },
  };
}

function readList(
  read: ReadKey,
  key: string,
  entityType: string,
  skipped: LocalMigration["skipped"],
): unknown[] {
  const text = read(key);
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Told below, like a value of another kind.
  }
  skipped.push({
    entityType,
    entityId: "",
    reason: `localStorage["${key}"] is not a JSON array; it was left as it is.`,
  });
  return [];
}

function idOf(stored: unknown): string {
  const id = (stored as { id?: unknown } | null)?.id;
  return typeof id === "string" ? id : "";
}
