/**
 * What a backup file is: NDJSON, gzipped, in this order:
 *
 *     backup                                    format, id, when, the generation it was taken in
 *     key …                                     everything that is no ledger: switches, legacy rows
 *     user, then (entity | row | mark | device | drop) …, then head        for each user
 *     end                                       counts; a file without it is cut short
 *
 * A later entity of a user replaces an earlier one, `drop` takes back all since `user` (see
 * `api/ledger/snapshot_user.ts`). The first line names the format and its version; other versions are refused.
 */
import { entityOf, type StoredEntity, storedEntity } from "../../api/adapters/stored_entity.ts";
import type { SnapshotLine } from "../../api/ledger/snapshot_user.ts";

export const backupFormat = "sync-ledger-backup";
export const backupFormatVersion = 1;

/** First line. */
export interface BackupHeader {
  kind: "backup";
  format: typeof backupFormat;
  formatVersion: typeof backupFormatVersion;
  /** UUID of this backup. */
  id: string;
  /** ISO 8601. */
  takenAt: string;
  /** Of the store; null when it never had one. */
  generation: string | null;
}

/** Last line. */
export interface BackupEnd {
  kind: "end";
  users: number;
  keys: number;
  /** Lines between `user` and `head`. */
  records: number;
}

/** One line, read. */
export type BackupLine =
  | BackupHeader
  | { kind: "key"; key: string; value: string }
  | { kind: "user"; user: string }
  | SnapshotLine
  | BackupEnd;

/** A line as text, without its end. */
export function formatLine(line: BackupLine): string {
  return JSON.stringify(
    line.kind === "entity" ? { kind: "entity", entity: storedEntity(line.entity) } : line,
  );
}

const kinds = ["backup", "key", "user", "mark", "row", "entity", "device", "drop", "head", "end"];

/** A line off a file; null for text that is none. Shapes are not checked further: the file's checksum is. */
export function parseLine(text: string): BackupLine | null {
  try {
    const line = JSON.parse(text);
    if (!kinds.includes(line.kind)) return null;
    return line.kind === "entity" ? { kind: "entity", entity: entityOf(line.entity as StoredEntity) } : line;
  } catch {
    // No JSON, or an entity of another shape.
    return null;
  }
}
