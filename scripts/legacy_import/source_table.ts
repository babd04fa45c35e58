/** The table of V1's rows: whether it is there, which columns it has, whether it is whole. */
import type { DatabaseSync } from "node:sqlite";
import { DamagedError, LegacySourceError } from "./legacy_source_error.ts";

/** Without these there is nothing to import. */
export const requiredColumns = ["user_id", "entity_type", "entity_id", "data"];
/** V1 had them; without one it is taken as empty. */
export const optionalColumns = ["version", "created_at", "updated_at", "deleted_at", "device_id", "checksum"];

/**
 * Refuses a table that SQLite finds damaged. What breaks a rule of the table's own is no damage: such a row can
 * be read, and is judged as a row.
 */
export function checkWhole(database: DatabaseSync, table: string, path: string): void {
  const found = database.prepare(`PRAGMA integrity_check(${quoted(table)})`).all();
  const faults = (found as { integrity_check: string }[]).map((row) => row.integrity_check)
    .filter((fault) => fault !== "ok" && !/^\S+ value in |^CHECK constraint failed/.test(fault));
  if (faults.length > 0) throw new DamagedError(path, faults[0]!);
}

/** Returns the optional columns that are missing. */
export function checkColumns(
  database: DatabaseSync,
  table: string,
  path: string,
  others: readonly string[],
): string[] {
  const tables = (database.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    .all() as { name: string }[]).map(({ name }) => name);
  if (!tables.some((name) => name.toLowerCase() === table.toLowerCase())) {
    throw new LegacySourceError(
      `${path} has no table ${table}. It has: ${[...tables, ...others].join(", ") || "none"}. ` +
        "Name the one with V1's rows by --table.",
    );
  }
  const info = database.prepare(`PRAGMA table_info(${quoted(table)})`).all() as { name: string }[];
  const columns = info.map(({ name }) => name.toLowerCase());
  const missing = requiredColumns.filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    throw new LegacySourceError(
      `The table ${table} of ${path} has no column ${missing.join(", ")}. Required are ` +
        `${requiredColumns.join(", ")}; it has ${columns.join(", ")}.`,
    );
  }
  return optionalColumns.filter((name) => !columns.includes(name));
}

/** A name as SQL spells it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
