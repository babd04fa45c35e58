/**
 * `deno task import-legacy --from FILE [--dry-run] [--migrate] [--table sync_data] [--report FILE]`: carries the
 * rows of a V1 database (a SQLite or D1 file, or its SQL dump) into the store at `KV_PATH`, where each user's first
 * request turns them into changes, or `--migrate` all users' at once. If it is interrupted, the same command
 * finishes it, with a new file for the report: none that is there is written over. Ends with 0 when every row
 * that can be kept is kept, whatever was skipped; 1 when not; 2 when it was called wrongly.
 */
import { parseArgs } from "node:util";
import { kvLedgerStore } from "../api/adapters/kv_ledger_store.ts";
import { KvOpenError, openKv } from "../api/adapters/open_kv.ts";
import { systemClock } from "../api/adapters/system_clock.ts";
import { systemIds } from "../api/adapters/system_ids.ts";
import { systemRandom } from "../api/adapters/system_random.ts";
import { createLedger } from "../api/ledger/ledger.ts";
import type { LedgerStore } from "../api/ledger/ledger_store.ts";
import { StoreBusyError } from "../api/store_busy_error.ts";
import { NewFileError } from "./create_new_file.ts";
import { isSameFile } from "./is_same_file.ts";
import { importLegacy } from "./legacy_import/import_legacy.ts";
import { describeImport, skipLine, skipSample, userLine } from "./legacy_import/import_report.ts";
import { type LegacySource, openLegacySource } from "./legacy_import/legacy_source.ts";
import { LegacySourceError } from "./legacy_import/legacy_source_error.ts";
import { migrateUsers } from "./legacy_import/migrate_users.ts";
import { processProgressLine } from "./legacy_import/progress_line.ts";
import { createReportFile, type ReportFile } from "./legacy_import/report_file.ts";
import { openStore } from "./open_store.ts";
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

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
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

/** Imports into `kv`; resolves to the users of the source. */
async function importAll(source: LegacySource, kv: Deno.Kv, report: ReportFile): Promise<string[]> {
  const { rowCount, userCount } = source;
  const startMs = performance.now();
  // The first row comes when all are sorted, which says nothing of how fast they are written.
  let firstRowMs: number | null = null;
  const skips = skipSample();
  const users: string[] = [];
  const totals = await importLegacy({
    ...{ source, store: kvLedgerStore(kv), dryRun },
    listener: {
      skipped(skip) {
        skips.add(skip);
        report.add(skipLine(skip));
      },
      userDone(done) {
        users.push(done.user);
        report.add(userLine(done));
      },
      progress({ rows, users }) {
        isBegun = !dryRun;
        firstRowMs ??= performance.now();
        const perSecond = Math.round((rows - 1) / Math.max(1, performance.now() - firstRowMs) * 1000);
        progress.show(
          rows,
          rowCount,
          `${rows} of ${rowCount} rows, ${users} of ${userCount} users, ${perSecond} rows/s`,
        );
      },
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
  return users;
}

const { from, table, report: reportPath, migrate, "dry-run": dryRun } = readOptions();
const settings = storeSettingsFromProcess();
const { kv: location, place } = settings;
const progress = processProgressLine();
/** Whether rows may have been written. */
let isBegun = false;
// What is to be closed or taken away again, last first.
await using ends = new AsyncDisposableStack();
try {
  if (location.kind === "file" && await isSameFile(from, location.path)) {
    throw new LegacySourceError(
      `--from and KV_PATH are the same file, ${place}. KV_PATH must name the new server's store, --from V1's database.`,
    );
  }
  const report = await createReportFile(reportPath);
  ends.defer(() => report.discardEmpty());
  ends.defer(() => report.end());
  // One that is there is tried before a source that may take minutes; none is made before the source can be read.
  const there = await openStore(settings, { create: false });
  if (there.ok) ends.defer(() => there.kv.close());
  else if (there.code === "unusable") throw new KvOpenError(there.reason);
  console.log(`Reading ${from}${dryRun ? " (dry run: nothing is written)" : `, into ${place}`}`);
  const source = await openLegacySource(from, table, (bytes, total) => {
    progress.show(bytes, total, `${megabytes(bytes)} of ${megabytes(total)} MB of the dump loaded`);
  });
  ends.defer(() => source.close());
  ends.defer(() => progress.end());
  progress.end();
  for (const name of source.missingColumns) console.log(`The table has no column ${name}: taken as empty.`);
  const kv = there.ok ? there.kv : await openKv(dryRun ? { kind: "memory" } : location);
  if (!there.ok) ends.defer(() => kv.close());
  const users = await importAll(source, kv, report);
  if (migrate && !dryRun) await migrateAll(kvLedgerStore(kv), users);
} catch (error) {
  progress.end();
  if ([LegacySourceError, NewFileError, KvOpenError].some((kind) => error instanceof kind)) {
    const far = isBegun
      ? "The import is not finished: part of the rows is in the store."
      : "Nothing was imported.";
    console.error(`${far} ${(error as Error).message}`);
  } else if (error instanceof StoreBusyError) {
    console.error(
      `The import is not finished. Run the same command again${
        reportPath === undefined ? "" : ", with another file for --report"
      }. ${error.message}`,
    );
  } else throw error;
  Deno.exitCode = 1;
}
