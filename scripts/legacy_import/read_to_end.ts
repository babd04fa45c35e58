/**
 * The rows of a query, of which it is known that they are all. `StatementSync.iterate()` takes a failing read
 * for the end of the rows: half a table would look like a whole one. So a row of our own is sorted behind them.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import { DamagedError } from "./legacy_source_error.ts";

/**
 * Yields the rows of `select`, by `order` (columns of its result). Integers may come as BigInt.
 *
 * @throws {DamagedError} when they end before their end
 */
export function* readToEnd(
  { database, path, select, order, values = [] }: {
    database: DatabaseSync;
    path: string;
    select: string;
    order: string;
    values?: readonly SQLInputValue[];
  },
): Generator<Record<string, SQLOutputValue>> {
  const width = database.prepare(select).columns().length;
  const end = Array.from({ length: width }, () => "NULL").join(", ");
  const statement = database.prepare(
    `SELECT 0 AS ended, * FROM (${select}) UNION ALL SELECT 1, ${end} ORDER BY ended, ${order}`,
  );
  // A number may be beyond what JavaScript holds exactly; the library refuses it then.
  statement.setReadBigInts(true);
  for (const row of statement.iterate(...values)) {
    if (row.ended) return;
    yield row;
  }
  throw new DamagedError(path, "its rows end before their end");
}
