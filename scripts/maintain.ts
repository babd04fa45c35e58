/**
 * `deno task maintain`: the housekeeping that a host with `Deno.cron` does by itself, for everybody else's
 * crontab. Works beside running servers, can be ended at any point, goes on where it stopped.
 */
import { kvLedgerStore } from "../api/adapters/kv_ledger_store.ts";
import { systemClock } from "../api/adapters/system_clock.ts";
import { systemIds } from "../api/adapters/system_ids.ts";
import { systemRandom } from "../api/adapters/system_random.ts";
import { describeMaintenance, maintainLedger } from "../api/ledger/maintain.ts";
import { openStoreOrExit } from "./open_store.ts";
import { storeSettingsFromProcess } from "./store_settings.ts";

/** Runs of one call; each is bounded by itself. */
const runsMax = 1000;
const pauseWhileBusyMs = 1000;

const { kv: location, place, logRetentionDays } = storeSettingsFromProcess();
const kv = await openStoreOrExit({ kv: location, place }, { create: false });
console.log(
  `Maintaining ${place}: the log is kept ${
    logRetentionDays === undefined ? "for ever (LOG_RETENTION_DAYS is not set)" : `${logRetentionDays} days`
  }.`,
);
const clock = systemClock();
const deps = { store: kvLedgerStore(kv), clock, ids: systemIds(), random: systemRandom() };
for (let run = 1; run <= runsMax; run++) {
  const report = await maintainLedger(deps, logRetentionDays === undefined ? {} : { logRetentionDays });
  console.log(`Run ${run}: ${describeMaintenance(report)}.`);
  if (!report.more) break;
  const idle = report.users + report.erasedKeys + report.orphanKeys + report.forgottenDevices === 0;
  if (idle) await clock.sleep(pauseWhileBusyMs);
}
kv.close();
