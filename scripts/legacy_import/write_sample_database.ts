/** Writes generated rows as a V1 database, in the schema that V1 had. */
import { DatabaseSync } from "node:sqlite";
import type { SampleRow } from "./sample_rows.ts";

/** V1's tables; the second held one row a user. */
export const legacySchema = [
  `CREATE TABLE sync_data (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  entity_type TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  data JSON NOT NULL,
  checksum TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  deleted_at TIMESTAMP NULL,
  device_id TEXT,
  UNIQUE(user_id, entity_type, entity_id)
)`,
  `CREATE TABLE sync_metadata (
  user_id TEXT PRIMARY KEY,
  last_sync_token TEXT,
  last_sync_time TIMESTAMP,
  device_count INTEGER DEFAULT 1,
  last_device_id TEXT,
  sync_conflict_count INTEGER DEFAULT 0
)`,
] as const;

/** A row's values in the order of the columns. */
export function columnsOf(row: SampleRow): (string | number | Uint8Array | null)[] {
  const { id, userId, entityType, entityId, data, checksum, version, createdAt, updatedAt } = row;
  return [
    ...[id, userId, entityType, entityId, data, checksum, version],
    ...[createdAt, updatedAt, row.deletedAt, row.deviceId],
  ];
}

/** What V1 noted of a user when it last wrote `row`. */
export function metadataOf(row: SampleRow): (string | number | null)[] {
  return [row.userId, `sync_${row.version}_${row.userId}`, row.updatedAt, 1, row.deviceId, 0];
}

/** Writes a new SQLite file; resolves to the number of rows. */
export function writeSampleDatabase(path: string, rows: Iterable<SampleRow>): number {
  const database = new DatabaseSync(path);
  try {
    for (const statement of legacySchema) database.exec(statement);
    const marks = (count: number) => Array(count).fill("?").join(",");
    const insert = database.prepare(`INSERT INTO sync_data VALUES (${marks(11)})`);
    const note = database.prepare(`INSERT OR REPLACE INTO sync_metadata VALUES (${marks(6)})`);
    database.exec("BEGIN");
    let count = 0;
    for (const row of rows) {
      insert.run(...columnsOf(row));
      note.run(...metadataOf(row));
      count++;
    }
    database.exec("COMMIT");
    return count;
  } finally {
    database.close();
  }
}
