/**
 * `deno task make-legacy-db --to FILE.sqlite|FILE.sql [--seed 1] [--users 200] [--rows 60000] [--broken 0.01]
 * [--style shell|shell-3.50|d1]`: a V1 database, or its dump, to try an import with.
 */
import { parseArgs } from "node:util";
import { createNewFile, NewFileError } from "./create_new_file.ts";
import { type SampleRow, sampleRows } from "./legacy_import/sample_rows.ts";
import { writeSampleDatabase } from "./legacy_import/write_sample_database.ts";
import { type DumpStyle, dumpStyles, sampleDump } from "./legacy_import/write_sample_dump.ts";

const usage =
  "Usage: deno task make-legacy-db --to FILE.sqlite|FILE.sql [--seed 1] [--users 200] [--rows 60000] " +
  `[--broken 0.01] [--style ${dumpStyles.join("|")}]`;

/** Ends the process with 2, saying what is wrong. */
function refuse(reason: string): never {
  console.error(`${reason}\n${usage}`);
  Deno.exit(2);
}

function readOptions() {
  try {
    const text = (fallback: string) => ({ type: "string", default: fallback }) as const;
    return parseArgs({
      args: Deno.args,
      options: {
        to: { type: "string" },
        seed: text("1"),
        users: text("200"),
        rows: text("60000"),
        broken: text("0.01"),
        style: text("shell-3.50"),
      },
    }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function inRange(name: string, text: string, from: number, to: number, integer = true): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= from && value <= to && (!integer || Number.isInteger(value))) {
    return value;
  }
  return refuse(
    `'--${name}' must be ${integer ? "an integer" : "a number"} from ${from} to ${to}: it is ${text}`,
  );
}

const { to, style, ...texts } = readOptions();
if (!to || !/\.(sqlite|sql)$/.test(to)) refuse("'--to' must name a file that ends in .sqlite or .sql");
if (!dumpStyles.includes(style as DumpStyle)) {
  refuse(`'--style' is none of ${dumpStyles.join(", ")}: ${style}`);
}
const users = inRange("users", texts.users, 1, 1_000_000);
const options = {
  seed: inRange("seed", texts.seed, 0, 0xffff_ffff),
  users,
  rows: inRange("rows", texts.rows, users, 100_000_000),
  brokenShare: inRange("broken", texts.broken, 0, 1, false),
};

let count = 0;
let broken = 0;
function* counted(rows: Iterable<SampleRow>): Generator<SampleRow> {
  for (const row of rows) {
    count++;
    if (row.broken) broken++;
    yield row;
  }
}

try {
  // Never over a file that may be somebody's only copy.
  (await createNewFile(to)).close();
} catch (error) {
  if (!(error instanceof NewFileError)) throw error;
  refuse(error.message);
}
try {
  const rows = counted(sampleRows(options));
  if (to.endsWith(".sqlite")) writeSampleDatabase(to, rows);
  else {
    const file = await Deno.open(to, { write: true });
    await ReadableStream.from(sampleDump(rows, style as DumpStyle))
      .pipeThrough(new TextEncoderStream())
      .pipeTo(file.writable);
  }
} catch (error) {
  // Half a database is none, and would be in the way of the next try.
  await Deno.remove(to);
  console.error(`${to} was not made: ${(error as Error).message}. There must be room for it on the disk.`);
  Deno.exit(1);
}
console.log(`${to}: ${count} rows of ${users} users, ${broken} of them broken.`);
