/**
 * Figures of migrating one user's rows of the older system on a file database: rows a second put and migrated,
 * calls, and the largest call. `deno run -A tests/bench/legacy_migration.ts [rows]`
 */
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { nodeSha256 } from "../../api/adapters/node_sha256.ts";
import { systemClock } from "../../api/adapters/system_clock.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { systemRandom } from "../../api/adapters/system_random.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import { countingKv } from "../api/ledger/counting_kv.ts";
import { entryRow, liveData, putRows } from "../api/legacy/legacy_rows.ts";
import { countsOrExit } from "./counts_or_exit.ts";

const rows = countsOrExit([10_000])[0]!;
const folder = await Deno.makeTempDir();
try {
  const kv = await Deno.openKv(`${folder}/bench.kv`);
  const counting = countingKv(kv);
  const store = kvLedgerStore(counting.kv);
  const ledger = createLedger({
    store,
    clock: systemClock(),
    ids: systemIds(),
    random: systemRandom(),
    sha256Hex: nodeSha256,
  });
  const all = Array.from({ length: rows }, (_, i) => entryRow(i));
  const perSecond = (fromMs: number) => Math.round(rows / ((performance.now() - fromMs) / 1000));

  const putMs = performance.now();
  await putRows(store, "ada", all);
  console.log(`put:      ${rows} rows, ${perSecond(putMs)} a second`);

  counting.take();
  const startMs = performance.now();
  const calls: { ms: number; rows: number; commits: number; steps: number }[] = [];
  for (let remaining = rows; remaining > 0;) {
    const callMs = performance.now();
    const result = await ledger.migrate("ada");
    if (!result.ok) throw new Error(`The migration failed: ${result.code}`);
    ({ remaining } = result.report);
    calls.push({
      ms: performance.now() - callMs,
      rows: result.report.entriesConverted,
      ...counting.take(),
    });
  }
  const most = (name: keyof typeof calls[number]) => Math.round(Math.max(...calls.map((call) => call[name])));
  console.log(
    `migrated: ${rows} rows, ${perSecond(startMs)} a second, ${calls.length} calls; a call at most ` +
      `${most("ms")} ms, ${most("rows")} rows, ${most("commits")} commits, ${most("steps")} steps`,
  );
  if (Object.keys(await liveData(ledger, "ada")).length !== rows) throw new Error("Rows are missing");
  kv.close();
} finally {
  await Deno.remove(folder, { recursive: true });
}
