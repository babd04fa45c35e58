/**
 * `deno task restore --from FILE [--replace]`: puts a backup into the store at `KV_PATH`, under a new
 * generation. If it is interrupted, the same command finishes it.
 */
import { KvOpenError } from "../api/adapters/open_kv.ts";
import { systemClock } from "../api/adapters/system_clock.ts";
import { systemIds } from "../api/adapters/system_ids.ts";
import { systemRandom } from "../api/adapters/system_random.ts";
import { StoreBusyError } from "../api/store_busy_error.ts";
import { BackupFileError } from "./backup/backup_file.ts";
import { checkBackup } from "./backup/check_backup.ts";
import { type RestoreProgress, restoreStore, UnfinishedRestoreError } from "./backup/restore_store.ts";
import { openStore } from "./open_store.ts";
import { storeSettingsFromProcess } from "./store_settings.ts";

const progressEveryMs = 2000;

const replace = Deno.args.includes("--replace");
const [flag, path, ...more] = Deno.args.filter((arg) => arg !== "--replace");
if (flag !== "--from" || !path || more.length > 0) {
  console.error("Usage: deno task restore --from FILE [--replace]   (into the store at KV_PATH)");
  Deno.exit(2);
}
const settings = storeSettingsFromProcess();
const { place } = settings;
let lastSaidMs = Date.now();
let kv: Deno.Kv | null = null;
try {
  console.log(`Checking ${path}, then restoring it into ${place}`);
  // No store is made for a file that cannot be used.
  const there = await openStore(settings, { create: false });
  const missing = !there.ok && there.code === "missing";
  const checked = missing ? await checkBackup(path, (done) => say({ step: "check", done })) : undefined;
  const opened = missing ? await openStore(settings, { create: true }) : there;
  if (!opened.ok) throw new KvOpenError(opened.reason);
  kv = opened.kv;
  const result = await restoreStore({
    ...{ kv, path, replace, checked, onProgress: say },
    deps: { clock: systemClock(), random: systemRandom(), ids: systemIds() },
  });
  if (result.ok) {
    const { users, keptErased, cleared, resumed, generation } = result.report;
    console.log(
      `Done${resumed ? ", after an interruption" : ""}: ${users} users of the backup, ${cleared} others ` +
        `cleared, ${keptErased} kept erased. Generation ${generation}: every client starts over and offers ` +
        "again what it has.",
    );
  } else {
    console.error(`Nothing was touched. ${result.reason}`);
    Deno.exitCode = 1;
  }
} catch (error) {
  if (error instanceof BackupFileError || error instanceof KvOpenError) {
    console.error(`Nothing was touched. ${error.message}`);
  } else if (error instanceof UnfinishedRestoreError) console.error(error.message);
  else if (error instanceof StoreBusyError) {
    console.error(`The restore is not finished. Run the same command again. ${error.message}`);
  } else throw error;
  Deno.exitCode = 1;
} finally {
  kv?.close();
}

function say({ step, done, total }: RestoreProgress): void {
  if (Date.now() - lastSaidMs < progressEveryMs) return;
  lastSaidMs = Date.now();
  const what = { check: "lines checked", otherKeys: "other keys written", users: "users restored" }[step];
  console.log(`${total === undefined ? done : `${done} of ${total}`} ${what} so far`);
}
