/**
 * A V1 database as the import reads it: a SQLite or D1 file, opened read-only, or a SQL dump, loaded into a
 * private database that SQLite keeps in memory or in a file without a name. Rows come user by user; memory does
 * not grow with them.
 */
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { loadDump } from "./load_dump.ts";
import { DumpError } from "./sql_statements.ts";

/** A source that cannot be used: what happened, what was required, what to do. */
export class LegacySourceError extends Error {
  override name = "LegacySourceError";
}

/** A row of `sync_data`, unjudged. Text that is none in the database's encoding is null. */
export interface SourceRow {
  userId: string | null;
  entityType: string | null;
  entityId: string | null;
  data: string | null;
  version: string | null;
  createdAt: string | null;
  updatedAt: string | null;
  deletedAt: string | null;
  deviceId: string | null;
  checksum: string | null;
}

/** An open source. */
export interface LegacySource {
  kind: "database" | "dump";
  /** SHA-256 of the file: the same file is the same source. */
  fingerprint: string;
  /** Rows of `sync_data`. */
  rowCount: number;
  /** Users in them. */
  userCount: number;
  /** Columns that V1 had and this table has not. */
  missingColumns: string[];
  /** By user, type and id, then the newest last. One user's only, if `userId` is given. */
  rows(userId?: string): Generator<SourceRow>;
  /** Who has rows, in the order of {@linkcode rows}. */
  users(): Generator<string>;
  close(): void;
}

/** Without these there is nothing to import. */
const requiredColumns = ["user_id", "entity_type", "entity_id", "data"];
const optionalColumns = ["version", "created_at", "updated_at", "deleted_at", "device_id", "checksum"];

const sqliteHeader = "SQLite format 3\0";

/** Opens `path`; `table` is where V1's rows are. Throws {@linkcode LegacySourceError}. */
export async function openLegacySource(path: string, table = "sync_data"): Promise<LegacySource> {
  const header = await readHeader(path);
  const kind = header === sqliteHeader ? "database" : "dump";
  let database: DatabaseSync | undefined;
  try {
    const hash = createHash("sha256");
    const opened = database = openDatabase(path, kind);
    if (kind === "database") { for await (const bytes of chunks(path)) hash.update(bytes); }
    else await loadDump(opened, [table], textOf(path, (bytes) => hash.update(bytes)));
    const missingColumns = checkSchema(opened, table, path);
    // One view of a database that V1 may still write to.
    if (kind === "database") opened.exec("BEGIN");
    return describe(opened, { kind, table, missingColumns, fingerprint: hash.digest("hex") });
  } catch (error) {
    database?.close();
    if (error instanceof LegacySourceError) throw error;
    if (error instanceof DumpError) throw new LegacySourceError(`Cannot read ${path}: ${error.message}.`);
    if (error instanceof TypeError || (error as { code?: string }).code === "ERR_SQLITE_ERROR") {
      throw new LegacySourceError(`Cannot read ${path}: ${(error as Error).message}.`);
    }
    throw error;
  }
}

function describe(
  database: DatabaseSync,
  { table, missingColumns, ...rest }: {
    table: string;
    missingColumns: string[];
    kind: LegacySource["kind"];
    fingerprint: string;
  },
): LegacySource {
  const from = `FROM ${quoted(table)}`;
  const counts = database
    .prepare(`SELECT count(*) AS rows, count(DISTINCT CAST(user_id AS TEXT)) AS users ${from}`)
    .get() as { rows: number; users: number };
  // As bytes: SQLite's text may be no text, and would come with U+FFFD in it.
  const bytes = requiredColumns.map((name) => `CAST(${name} AS BLOB) AS ${name}`);
  const texts = optionalColumns.map((name) =>
    `${missingColumns.includes(name) ? "NULL" : `CAST(${name} AS TEXT)`} AS ${name}`
  );
  const select = `SELECT ${[...bytes, ...texts].join(", ")} ${from}`;
  const newest = missingColumns.includes("updated_at") ? "" : ", updated_at";
  const order = `ORDER BY CAST(user_id AS TEXT), entity_type, entity_id${newest}`;
  const { encoding } = database.prepare("PRAGMA encoding").get() as { encoding: string };
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return {
    ...rest,
    missingColumns,
    rowCount: counts.rows,
    userCount: counts.users,
    *rows(userId) {
      const found = userId === undefined
        ? database.prepare(`${select} ${order}`).iterate()
        : database.prepare(`${select} WHERE CAST(user_id AS TEXT) = ? ${order}`).iterate(userId);
      for (const row of found) yield sourceRow(row as Record<string, Uint8Array | string | null>, decoder);
    },
    *users() {
      const found = database.prepare(`SELECT DISTINCT CAST(user_id AS TEXT) AS user ${from} ORDER BY 1`);
      for (const { user } of found.iterate() as Iterable<{ user: string | null }>) {
        if (user !== null) yield user;
      }
    },
    close: () => database.close(),
  };
}

function sourceRow(row: Record<string, Uint8Array | string | null>, decoder: TextDecoder): SourceRow {
  const bytes = (name: string) => textOrNull(row[name] as Uint8Array | null, decoder);
  const text = (name: string) => row[name] as string | null;
  return {
    userId: bytes("user_id"),
    entityType: bytes("entity_type"),
    entityId: bytes("entity_id"),
    data: bytes("data"),
    version: text("version"),
    createdAt: text("created_at"),
    updatedAt: text("updated_at"),
    deletedAt: text("deleted_at"),
    deviceId: text("device_id"),
    checksum: text("checksum"),
  };
}

function textOrNull(bytes: Uint8Array | null, decoder: TextDecoder): string | null {
  if (bytes === null) return null;
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** The optional columns that are missing. */
function checkSchema(database: DatabaseSync, table: string, path: string): string[] {
  const tables = (database.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    .all() as { name: string }[]).map(({ name }) => name);
  if (!tables.some((name) => name.toLowerCase() === table.toLowerCase())) {
    throw new LegacySourceError(
      `${path} has no table ${table}. It has: ${tables.join(", ") || "none"}. ` +
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

function openDatabase(path: string, kind: LegacySource["kind"]): DatabaseSync {
  // The empty name is SQLite's own temporary database: gone with the process, however that ends.
  return kind === "database" ? new DatabaseSync(path, { readOnly: true }) : new DatabaseSync("");
}

async function readHeader(path: string): Promise<string> {
  try {
    using file = await Deno.open(path);
    const bytes = new Uint8Array(sqliteHeader.length);
    const count = await file.read(bytes) ?? 0;
    return new TextDecoder("latin1").decode(bytes.subarray(0, count));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new LegacySourceError(`There is no file ${path}.`);
    throw new LegacySourceError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

async function* chunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await Deno.open(path);
  yield* file.readable;
}

async function* textOf(path: string, see: (bytes: Uint8Array) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const bytes of chunks(path)) {
      see(bytes);
      yield decoder.decode(bytes, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new LegacySourceError(
      `${path} is neither a SQLite database nor a dump in UTF-8. Import the database file itself: its rows ` +
        "that are not UTF-8 are named and left out.",
    );
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
