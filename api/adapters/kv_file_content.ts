/**
 * What is in the file that is to be a store, looked at without writing. The look goes through the library that
 * holds the store itself: closing a file that was opened past it would drop the locks of this process's stores.
 */

/** A store, nothing yet, or a SQLite database of something else. */
export type KvFileContent = { kind: "store" } | { kind: "nothing" } | { kind: "foreign"; tables: string[] };

/** The tables of Deno KV. While a store is being made not all of them are there. */
const storeTables: ReadonlySet<string> = new Set([
  ...["migration_state", "data_version", "kv", "queue", "queue_running"],
]);
/** Another process may just be making the store. */
const waitMsMax = 5000;

/**
 * A missing file, an empty one, and a database without tables hold nothing: a server that starts at the same
 * moment, or was ended in its first, leaves such a file. Rejects for a file that is no database.
 */
export async function kvFileContent(path: string): Promise<KvFileContent> {
  try {
    if ((await Deno.stat(path)).size === 0) return { kind: "nothing" };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "nothing" };
    throw error;
  }
  // Asked for here: hosts whose store is no file may not have it.
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path, { readOnly: true, timeout: waitMsMax });
  try {
    const rows = database.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").all();
    const tables = (rows as { name: string }[]).map(({ name }) => name);
    if (tables.includes("kv") && tables.includes("migration_state")) return { kind: "store" };
    return tables.every((name) => storeTables.has(name)) ? { kind: "nothing" } : { kind: "foreign", tables };
  } finally {
    database.close();
  }
}
