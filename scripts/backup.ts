/**
 * `deno task backup --to FILE`: the whole store at `KV_PATH` in one file, while servers go on. Ends with 0 only
 * when the file is whole.
 */
import { kvLedgerStore } from "../api/adapters/kv_ledger_store.ts";
import { systemIds } from "../api/adapters/system_ids.ts";
import { SnapshotError } from "../api/ledger/snapshot_user.ts";
import { StoreBusyError } from "../api/store_busy_error.ts";
import { backUpStore, RestoreUnderWayError } from "./backup/back_up_store.ts";
import { BackupFileError, writeBackupFile } from "./backup/backup_file.ts";
import { NewFileError } from "./create_new_file.ts";
import { openStoreOrExit } from "./open_store.ts";
import { storeSettingsFromProcess } from "./store_settings.ts";

const progressEveryMs = 2000;

const [flag, path, ...more] = Deno.args;
if (flag !== "--to" || !path || more.length > 0) {
  console.error("Usage: deno task backup --to FILE   (the store is the one at KV_PATH)");
  Deno.exit(2);
}
const { kv: location, place } = storeSettingsFromProcess();
const kv = await openStoreOrExit({ kv: location, place }, { create: false });
const counts = { users: 0, keys: 0, records: 0 };
const said = () => `${counts.users} users, ${counts.records} records, ${counts.keys} other keys`;
const progress = setInterval(() => console.log(`${said()} so far`), progressEveryMs);
try {
  console.log(`Backing up ${place} to ${path}`);
  const store = kvLedgerStore(kv);
  const takenAt = new Date().toISOString();
  const bytes = await writeBackupFile(path, backUpStore({ kv, store, ids: systemIds(), takenAt, counts }));
  console.log(`Done: ${said()} in ${bytes} bytes.`);
} catch (error) {
  const kinds = [BackupFileError, NewFileError, RestoreUnderWayError, SnapshotError, StoreBusyError];
  const expected = kinds.some((kind) => error instanceof kind);
  if (!expected) throw error;
  console.error(`No backup was made. ${(error as Error).message}`);
  Deno.exitCode = 1;
} finally {
  clearInterval(progress);
  kv.close();
}
