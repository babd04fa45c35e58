/** Writes generated rows as a SQL dump, in the dialects that such dumps come in. */
import type { SampleRow } from "./sample_rows.ts";
import { columnsOf, legacySchema, metadataOf } from "./write_sample_database.ts";

/**
 * Who wrote the dump: `sqlite3 .dump` before 3.50 (`replace(…,char(10))` for line ends), from 3.50 on
 * (`unistr('…\u000a')`), or an export of D1 (named columns, several rows a statement, no transaction).
 */
export type DumpStyle = "shell" | "shell-3.50" | "d1";

/** All styles. */
export const dumpStyles: readonly DumpStyle[] = ["shell", "shell-3.50", "d1"];

/** Rows of one INSERT in an export of D1. */
const rowsPerInsert = 7;

type Value = string | number | Uint8Array | null;

/** The text of a dump, statement by statement. */
export function* sampleDump(rows: Iterable<SampleRow>, style: DumpStyle): Generator<string> {
  const shell = style !== "d1";
  yield shell ? "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n" : "PRAGMA defer_foreign_keys=TRUE;\n";
  // A site has other tables too, with triggers and views that mean nothing outside of it.
  yield "CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT); -- sync_data; is not here\n";
  yield "INSERT INTO users VALUES('u1','o''hara; INSERT INTO sync_data VALUES(1);@example.org');\n";
  for (const statement of legacySchema) {
    yield `${shell ? statement : statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS")};\n`;
  }
  const metadata = new Map<string, Value[]>();
  let batch: Value[][] = [];
  for (const row of rows) {
    metadata.set(row.userId, metadataOf(row));
    batch.push(columnsOf(row));
    if (batch.length < (shell ? 1 : rowsPerInsert)) continue;
    yield insert("sync_data", batch, style);
    batch = [];
  }
  if (batch.length > 0) yield insert("sync_data", batch, style);
  for (const values of metadata.values()) yield insert("sync_metadata", [values], style);
  yield "CREATE INDEX idx_sync_data_user ON sync_data(user_id);\n";
  yield "CREATE TRIGGER touched AFTER UPDATE ON sync_data BEGIN\n" +
    "  UPDATE sync_metadata SET device_count = device_count + 1; SELECT 1;\nEND;\n";
  if (shell) yield "COMMIT;\n";
}

const names = {
  sync_data:
    "id,user_id,entity_type,entity_id,data,checksum,version,created_at,updated_at,deleted_at,device_id",
  sync_metadata: "user_id,last_sync_token,last_sync_time,device_count,last_device_id,sync_conflict_count",
};

function insert(table: keyof typeof names, rows: readonly Value[][], style: DumpStyle): string {
  const quoted = names[table].split(",").map((name) => `"${name}"`).join(",");
  const into = style === "d1" ? `"${table}" (${quoted})` : table;
  const values = rows.map((row) => `(${row.map((value) => literal(value, style)).join(",")})`);
  return `INSERT INTO ${into} VALUES${values.join(",\n")};\n`;
}

function literal(value: Value, style: DumpStyle): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") {
    return `X'${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}'`;
  }
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  if (style === "shell-3.50" && hasControls(value)) return `unistr(${quoted(escapeControls(value))})`;
  if (style !== "shell" || !/[\r\n]/.test(value)) return quoted(value);
  // Words for the line ends that the text itself does not have, as the shell chooses them.
  let [text, before, after] = [value, "", ""];
  for (const [end, word, code] of [["\n", "\\n", 10], ["\r", "\\r", 13]] as const) {
    if (!text.includes(end)) continue;
    let unused: string = word;
    for (let n = 1; value.includes(unused); n++) unused = `${word}${n}`;
    text = text.replaceAll(end, unused);
    [before, after] = [`replace(${before}`, `${after},'${unused}',char(${code}))`];
  }
  return `${before}${quoted(text)}${after}`;
}

function hasControls(text: string): boolean {
  return Array.from(text).some((unit) => unit < " ");
}

function escapeControls(text: string): string {
  return Array.from(
    text.replaceAll("\\", "\\\\"),
    (unit) => unit < " " ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : unit,
  ).join("");
}
