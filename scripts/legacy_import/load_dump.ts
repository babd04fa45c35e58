/**
 * Loads V1's tables from a SQL dump into a database, by SQLite itself. Only statements that make or fill those
 * tables are run: a dump may hold anything, other tables, triggers, ATTACH.
 */
import type { DatabaseSync } from "node:sqlite";
import { DumpError, sqlStatements } from "./sql_statements.ts";

/** What was in the dump. */
export interface LoadedDump {
  /** Statements that were run. */
  statements: number;
  /** Statements of other tables and kinds. */
  ignored: number;
  /** Names of the other tables, the first of them. */
  otherTables: string[];
}

const otherTablesMax = 100;

/** A table's statement: CREATE TABLE or INSERT, whatever quotes the name stands in. */
const tableStatement =
  /^(?:CREATE\s+TABLE(?:\s+IF\s+NOT\s+EXISTS)?|(?:INSERT(?:\s+OR\s+\w+)?|REPLACE)\s+INTO)\s+(?:["'`[]?main["'`\]]?\s*\.\s*)?(?:"((?:[^"]|"")+)"|'([^']+)'|`([^`]+)`|\[([^\]]+)\]|(\w+))/i;

/** Throws {@linkcode DumpError} with the first fault. */
export async function loadDump(
  database: DatabaseSync,
  tables: readonly string[],
  pieces: AsyncIterable<string>,
): Promise<LoadedDump> {
  const wanted = new Set(tables.map((name) => name.toLowerCase()));
  const loaded: LoadedDump = { statements: 0, ignored: 0, otherTables: [] };
  let transactions = 0;
  let at = 0;
  database.exec("PRAGMA foreign_keys=OFF; BEGIN");
  for await (const statement of sqlStatements(pieces)) {
    at++;
    const match = tableStatement.exec(statement);
    const name = match?.slice(1).find((part) => part !== undefined)?.replaceAll('""', '"');
    if (name !== undefined && wanted.has(name.toLowerCase())) {
      run(database, statement, at);
      loaded.statements++;
      continue;
    }
    if (name !== undefined && /^CREATE/i.test(statement) && loaded.otherTables.length < otherTablesMax) {
      loaded.otherTables.push(name);
    }
    if (/^BEGIN\b/i.test(statement)) transactions++;
    // The shell ends so where it could not read the database that it dumped.
    if (/^ROLLBACK\b/i.test(statement)) {
      throw new DumpError("The dump says itself that it is damaged: it ends with ROLLBACK");
    }
    if (/^(?:COMMIT|END)\b/i.test(statement)) transactions--;
    loaded.ignored++;
  }
  if (transactions > 0) throw new DumpError("The dump has no COMMIT: it is cut short");
  database.exec("COMMIT");
  return loaded;
}

function run(database: DatabaseSync, statement: string, at: number): void {
  try {
    database.exec(statement);
  } catch (error) {
    throw new DumpError(`SQLite refuses statement ${at} of the dump: ${(error as Error).message}`);
  }
}
