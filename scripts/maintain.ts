/**
 * `deno task maintain`: the housekeeping that a host with `Deno.cron` does by itself, for everybody else's
 * crontab. Works beside running servers, can be ended at any point, goes on where it stopped. Ends with
 * 0 when nothing is left to do, 1 when something is, 2 when it was called with arguments: it has none.
 */
import { kvLedgerStore } from "../api/adapters/kv_ledger_store.ts";
import { systemClock } from "../api/adapters/system_clock.ts";
import { systemIds } from "../api/adapters/system_ids.ts";
import { systemRandom } from "../api/adapters/system_random.ts";
import { maintainLedger, type MaintenanceRound } from "../api/ledger/maintain.ts";
import { maintainUntilDone } from "./maintain_until_done.ts";
import { openStoreOrExit } from "./open_store.ts";
import { storeSettingsFromProcess } from "./store_settings.ts";

if (Deno.args.length > 0) {
  console.error(
    `It takes no arguments, and there is "${Deno.args[0]}". Nothing was done.\n` +
      "Usage: deno task maintain   (the store is the one at KV_PATH, the log is kept LOG_RETENTION_DAYS)",
  );
  Deno.exit(2);
}
const { kv: location, place, logRetentionDays } = storeSettingsFromProcess();
const kv = await openStoreOrExit({ kv: location, place }, { create: false });
console.log(
  `Maintaining ${place}: the log is kept ${
    logRetentionDays === undefined ? "for ever (LOG_RETENTION_DAYS is not set)" : `${logRetentionDays} days`
  }.`,
);
const clock = systemClock();
const deps = { store: kvLedgerStore(kv), clock, ids: systemIds(), random: systemRandom() };
const options = {
  done: new Set<MaintenanceRound>(),
  ...(logRetentionDays !== undefined && { logRetentionDays }),
};
try {
  const done = await maintainUntilDone({
    run: () => maintainLedger(deps, options),
    say: console.log,
    clock,
  });
  if (!done) {
    console.error(
      "There is more to do than one call does, or the store stayed locked by another process. Run it again: it " +
        "goes on where it stopped.",
    );
    Deno.exitCode = 1;
  }
} finally {
  kv.close();
}
