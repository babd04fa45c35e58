/**
 * `deno task import-legacy --from FILE [--dry-run] [--migrate] [--table sync_data] [--report FILE]`: carries the
 * rows of a V1 database (a SQLite or D1 file, or its SQL dump) into the store at `KV_PATH`, where each user's first
 * request turns them into changes, or `--migrate` all users' at once. If it is interrupted, the same command finishes it. Ends with 0 when every row that
 * can be kept is kept, whatever was skipped; 1 when not; 2 when it was called wrongly.
 */
import { parseArgs } from "node:util";
import { kvLedgerStore } from "../api/adapters/kv_ledger_store.ts";
import type { KvLocation } from "../api/kv_location.ts";
import { openKv } from "../api/adapters/open_kv.ts";
import { systemClock } from "../api/adapters/system_clock.ts";
import { systemIds } from "../api/adapters/system_ids.ts";
import { systemRandom } from "../api/adapters/system_random.ts";
import { createLedger } from "../api/ledger/ledger.ts";
import type { LedgerStore } from "../api/ledger/ledger_store.ts";
import { StoreBusyError } from "../api/store_busy_error.ts";
import { importLegacy, type ImportTotals } from "./legacy_import/import_legacy.ts";
import { describeImport, skipLine, skipSample, userLine } from "./legacy_import/import_report.ts";
import { pathExists } from "./path_exists.ts";
import { openLegacySource } from "./legacy_import/legacy_source.ts";
import { LegacySourceError } from "./legacy_import/legacy_source_error.ts";
import { migrateUsers } from "./legacy_import/migrate_users.ts";
import { processProgressLine } from "./legacy_import/progress_line.ts";
import { openStoreOrExit } from "./open_store.ts";
import { storeSettingsFromProcess } from "./store_settings.ts";

const usage =
  "Usage: deno task import-legacy --from DUMP.sqlite|DUMP.sql [--dry-run] [--migrate] [--table sync_data] " +
  "[--report FILE]   (into the store at KV_PATH)";

function readOptions() {
  try {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        from: { type: "string" },
        "dry-run": { type: "boolean", default: false },
        migrate: { type: "boolean", default: false },
        table: { type: "string", default: "sync_data" },
        report: { type: "string" },
      },
    });
    if (values.from) return { ...values, from: values.from };
    throw new TypeError("'--from' must name a SQLite database or a SQL dump");
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    Deno.exit(2);
  }
}

/** Writes lines to a new file, or nowhere. */
async function openReport(
  path: string | undefined,
): Promise<{ add(line: string): void; end(): Promise<void> }> {
  if (path === undefined) return { add() {}, end: () => Promise.resolve() };
  const file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  const encoder = new TextEncoder();
  let text = "";
  const flush = () => {
    for (let bytes = encoder.encode(text); bytes.length > 0;) bytes = bytes.subarray(file.writeSync(bytes));
    text = "";
  };
  return {
    add(line) {
      text += `${line}\n`;
      if (text.length > 65_536) flush();
    },
    end() {
      flush();
      file.close();
      return Promise.resolve();
    },
  };
}

async function isMissing(location: KvLocation): Promise<boolean> {
  return location.kind === "file" && !await pathExists(location.path);
}

/** Turns what was imported into changes. */
async function migrateAll(store: LedgerStore, users: readonly string[]): Promise<void> {
  const migrateStartMs = performance.now();
  const clock = systemClock();
  const ledger = createLedger({ store, clock, ids: systemIds(), random: systemRandom() });
  const done = await migrateUsers({
    ...{ ledger, clock, users },
    progress: ({ users: count, entries }) =>
      progress.show(count, users.length, `${count} of ${users.length} users migrated, ${entries} entries`),
  });
  progress.end();
  const seconds = (performance.now() - migrateStartMs) / 1000;
  console.log(
    `Migrated in ${
      seconds.toFixed(1)
    } s: ${done.entries} entries and ${done.goals} goals of ${done.users} users, ` +
      `${done.skipped} rows left out.`,
  );
  if (done.unfinished.length === 0) return;
  console.error(
    `${done.unfinished.length} users are not migrated: v2 is paused, or the store stayed busy. ` +
      "Run the same command again, or leave it to their first requests.",
  );
  Deno.exitCode = 1;
}

const { from, table, report: reportPath, migrate, "dry-run": dryRun } = readOptions();
const { kv: location, place } = storeSettingsFromProcess();
const progress = processProgressLine();
const skips = skipSample();
const startMs = performance.now();
// A dry run must not even make the store's file.
const kv = dryRun && await isMissing(location)
  ? await openKv({ kind: "memory" })
  : await openStoreOrExit({ kv: location, place }, { create: true });
try {
  console.log(`Reading ${from}${dryRun ? " (dry run: nothing is written)" : `, into ${place}`}`);
  const source = await openLegacySource(from, table);
  const report = await openReport(reportPath);
  const { rowCount, userCount } = source;
  for (const name of source.missingColumns) console.log(`The table has no column ${name}: taken as empty.`);
  const show = ({ rows, users }: Readonly<ImportTotals>) => {
    const perSecond = Math.round(rows / (performance.now() - startMs) * 1000);
    progress.show(
      rows,
      rowCount,
      `${rows} of ${rowCount} rows, ${users} of ${userCount} users, ${perSecond} rows/s`,
    );
  };
  try {
    const store = kvLedgerStore(kv);
    const users: string[] = [];
    const totals = await importLegacy({
      source,
      store,
      dryRun,
      listener: {
        skipped(skip) {
          skips.add(skip);
          report.add(skipLine(skip));
        },
        userDone(done) {
          users.push(done.user);
          report.add(userLine(done));
        },
        progress: show,
      },
    });
    progress.end();
    console.log(describeImport(totals, dryRun, skips.lines()).join("\n"));
    const seconds = (performance.now() - startMs) / 1000;
    console.log(`Done in ${seconds.toFixed(1)} s: ${Math.round(totals.rows / seconds)} rows a second.`);
    if (totals.missing > 0) {
      console.error(`${totals.missing} rows are not in the store although they were written. Run it again.`);
      Deno.exitCode = 1;
    }
    if (migrate && !dryRun) await migrateAll(store, users);
  } finally {
    progress.end();
    await report.end();
    source.close();
  }
} catch (error) {
  if (error instanceof LegacySourceError) console.error(`Nothing was imported. ${error.message}`);
  else if (error instanceof StoreBusyError) {
    console.error(`The import is not finished. Run the same command again. ${error.message}`);
  } else throw error;
  Deno.exitCode = 1;
} finally {
  kv.close();
}
