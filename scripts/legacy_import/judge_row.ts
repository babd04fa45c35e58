/** What the server's migration will make of a row, found out beforehand by the same rules. */
import { checkIntent, isJsonObject } from "../../shared/mod.ts";
import { readLegacyRecord } from "../../shared/legacy_record.ts";
import type { LegacyRow } from "../../api/ledger/legacy_store.ts";
import { type DialectName, dialectsOf } from "./dialects_of.ts";

/** The dialects it is in, or why it will be left out. */
export type JudgedRow = { ok: true; dialects: DialectName[] } | { ok: false; reason: string };

/** Pure. */
export function judgeRow({ entityType, entityId, data }: LegacyRow): JudgedRow {
  let stored: unknown;
  try {
    stored = JSON.parse(data);
  } catch {
    return { ok: false, reason: "The row's data is not JSON." };
  }
  const record = readLegacyRecord(entityType, stored);
  if (!record.ok) return record;
  const checked = checkIntent({ type: "CREATED", entityType, entityId, data: record.data });
  if (!checked.ok) return { ok: false, reason: checked.reason };
  return { ok: true, dialects: isJsonObject(stored) ? dialectsOf(stored, record.data) : [] };
}
