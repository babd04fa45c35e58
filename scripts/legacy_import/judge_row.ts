/** What the server's migration will make of a row, found out beforehand by the same rules. */
import type { JsonObject } from "../../shared/mod.ts";
import { legacyChange } from "../../api/ledger/legacy_change.ts";
import type { LegacyRow } from "../../api/ledger/legacy_store.ts";
import { type DialectName, dialectsOf } from "./dialects_of.ts";

/** The dialects it is in, or why it will be left out. Of a deleted record nothing is taken over but that. */
export type JudgedRow = { ok: true; deleted: boolean; dialects: DialectName[] } | {
  ok: false;
  reason: string;
};

/** Pure. */
export function judgeRow(user: string, row: LegacyRow): JudgedRow {
  const read = legacyChange(user, row);
  if (!read.ok) return read;
  const { deleted, change: { data = {} } } = read;
  return { ok: true, deleted, dialects: deleted ? [] : dialectsOf(JSON.parse(row.data) as JsonObject, data) };
}
