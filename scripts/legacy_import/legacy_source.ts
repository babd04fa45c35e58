/**
 * A V1 database as the import reads it: a SQLite or D1 file, opened read-only, or a SQL dump, loaded into a
 * private database that SQLite keeps in memory or in a file without a name. Rows come user by user; memory does
 * not grow with them.
 */
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import type { LegacyTime } from "../../api/ledger/legacy_store.ts";
import { DamagedError, LegacySourceError } from "./legacy_source_error.ts";
import { loadDump } from "./load_dump.ts";
import { readToEnd } from "./read_to_end.ts";
import { rowTimeMs } from "./row_time_ms.ts";
import { checkColumns, checkWhole, optionalColumns, quoted, requiredColumns } from "./source_table.ts";
import { DumpError } from "./sql_statements.ts";

/** A row of `sync_data`, unjudged. Text that is none in the database's encoding is null. */
export interface SourceRow {
  userId: string | null;
  entityType: string | null;
  entityId: string | null;
  data: string | null;
  version: number | null;
  createdAt: LegacyTime;
  updatedAt: LegacyTime;
  deletedAt: LegacyTime;
  deviceId: string | null;
  checksum: string | null;
}

/** An open source. */
export interface LegacySource {
  kind: "database" | "dump";
  /** Rows of `sync_data`. */
  rowCount: number;
  /** Users in them; rows of nobody apart. */
  userCount: number;
  /** Columns that V1 had and this table has not. */
  missingColumns: string[];
  /** By user, type and id, then the newest last. One user's only, if `userId` is given. */
  rows(userId?: string): Generator<SourceRow>;
  /** Who has rows, in the order of {@linkcode rows}. */
  users(): Generator<string>;
  close(): void;
}

const sqliteHeader = "SQLite format 3\0";

/**
 * Opens `path`; `table` is where V1's rows are. A dump is loaded, of which `loaded` is told on the way, a
 * database is checked for damage. Throws {@linkcode LegacySourceError}.
 */
export async function openLegacySource(
  path: string,
  table = "sync_data",
  loaded?: (bytes: number, total: number) => void,
): Promise<LegacySource> {
  const header = await readHeader(path);
  const kind = header === sqliteHeader ? "database" : "dump";
  let database: DatabaseSync | undefined;
  try {
    let others: string[] = [];
    const opened = database = openDatabase(path, kind);
    if (kind === "dump") others = (await loadDump(opened, [table], textOf(path, loaded))).otherTables;
    const missingColumns = checkColumns(opened, table, path, others);
    if (kind === "database") {
      // One view of a database that V1 may still write to.
      opened.exec("BEGIN");
      checkWhole(opened, table, path);
    }
    return describe(opened, { kind, table, missingColumns, path });
  } catch (error) {
    database?.close();
    if (error instanceof LegacySourceError) throw error;
    if (error instanceof DumpError) throw new LegacySourceError(`Cannot read ${path}: ${error.message}.`);
    if (error instanceof TypeError || (error as { code?: string }).code === "ERR_SQLITE_ERROR") {
      throw /malformed/.test((error as Error).message)
        ? new DamagedError(path, (error as Error).message)
        : new LegacySourceError(`Cannot read ${path}: ${(error as Error).message}.`);
    }
    throw error;
  }
}

function describe(
  database: DatabaseSync,
  { table, missingColumns, path, kind }: {
    table: string;
    missingColumns: string[];
    path: string;
    kind: LegacySource["kind"];
  },
): LegacySource {
  const from = `FROM ${quoted(table)}`;
  const { rows: rowCount, users: userCount } = database
    .prepare(`SELECT count(*) AS rows, count(DISTINCT nullif(CAST(user_id AS BLOB), x'')) AS users ${from}`)
    .get() as { rows: number; users: number };
  // As bytes: SQLite's text may be no text, and would come with U+FFFD in it.
  const bytes = requiredColumns.map((name) => `CAST(${name} AS BLOB) AS ${name}`);
  const column = (name: string) => missingColumns.includes(name) ? "NULL" : name;
  const others = optionalColumns.map((name) => `${column(name)} AS ${name}`);
  database.function("row_time_ms", { deterministic: true, useBigIntArguments: true }, rowTimeMs);
  const age = `row_time_ms(${column("updated_at")}) AS time_ms, CAST(${column("version")} AS REAL) AS nth`;
  const select = `SELECT ${[...bytes, ...others, age].join(", ")} ${from}`;
  const order = "user_id, entity_type, entity_id, time_ms, nth";
  const { encoding } = database.prepare("PRAGMA encoding").get() as { encoding: string };
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return {
    ...{ kind, missingColumns, rowCount, userCount },
    *rows(userId) {
      const where = userId === undefined ? "" : " WHERE CAST(user_id AS TEXT) COLLATE BINARY = ?";
      const values = userId === undefined ? [] : [userId];
      const found = readToEnd({ database, path, select: select + where, order, values });
      for (const row of found) yield sourceRow(row, decoder);
    },
    *users() {
      const select = `SELECT DISTINCT CAST(user_id AS BLOB) AS user_id ${from}`;
      for (const row of readToEnd({ database, path, select, order: "user_id" })) {
        const user = textOrNull(row.user_id as Uint8Array | null, decoder);
        if (user) yield user;
      }
    },
    close: () => database.close(),
  };
}

function sourceRow(row: Record<string, SQLOutputValue>, decoder: TextDecoder): SourceRow {
  const bytes = (name: string) => textOrNull(row[name] as Uint8Array | null, decoder);
  const plain = (name: string): LegacyTime => {
    const value = row[name];
    return typeof value === "string"
      ? value
      : typeof value === "number" || typeof value === "bigint"
      ? Number(value)
      : null;
  };
  const text = (name: string) => plain(name) === null ? null : String(plain(name));
  return {
    userId: bytes("user_id"),
    entityType: bytes("entity_type"),
    entityId: bytes("entity_id"),
    data: bytes("data"),
    version: text("version") === null ? null : Number(text("version")),
    createdAt: plain("created_at"),
    updatedAt: plain("updated_at"),
    deletedAt: plain("deleted_at"),
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

async function* textOf(
  path: string,
  loaded?: (bytes: number, total: number) => void,
): AsyncGenerator<string> {
  const file = await Deno.open(path);
  const total = (await file.stat()).size;
  let bytes = 0;
  const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      loaded?.(bytes += chunk.length, total);
      controller.enqueue(chunk);
    },
  });
  try {
    yield* file.readable.pipeThrough(counting).pipeThrough(new TextDecoderStream("utf-8", { fatal: true }));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new LegacySourceError(
      `${path} is neither a SQLite database nor a dump in UTF-8. Import the database file itself: its rows ` +
        "that are not UTF-8 are named and left out.",
    );
  }
}
