/** Which rows of a source can be kept at all, sound or not: those that a user, a type and an id can be told of. */
import { isId, jsonBytes } from "../../shared/mod.ts";
import { legacyLimits, type LegacyRow, legacyRowFault } from "../../api/ledger/legacy_store.ts";
import type { SourceRow } from "./legacy_source.ts";

/** The row as the store keeps it, or why it cannot. */
export type ImportableRow = { ok: true; user: string; row: LegacyRow } | { ok: false; reason: string };

/** Data below this fits a row whatever its characters are. */
const largeUnits = legacyLimits.rowBytesMax / 8;

/** Pure. */
export function importableRow({ userId, ...columns }: SourceRow): ImportableRow {
  const { entityType, entityId, data, checksum, ...others } = columns;
  if (!isId(userId)) return { ok: false, reason: "The row names no usable user." };
  if (data === null) return { ok: false, reason: "The row's data is no text in the database's encoding." };
  if (entityType === null || entityId === null) return { ok: false, reason: "The row names no entity." };
  const row = { entityType, entityId, data, ...others, ...(checksum === null ? {} : { checksum }) };
  const reason = legacyRowFault(row, data.length < largeUnits ? 0 : jsonBytes(row));
  return reason === null ? { ok: true, user: userId, row } : { ok: false, reason };
}
