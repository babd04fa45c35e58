/**
 * A whole store as the lines of a backup, while servers go on. Each user is as of one moment (see
 * `api/ledger/snapshot_user.ts`), different users as of different moments: no rule of sync spans two users.
 * Keys that are no ledger's come first, so that a legacy row whose migration falls into the backup is migrated
 * again after a restore (same changeIds) instead of missing.
 */
import type { Ids } from "../../api/ports.ts";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import { snapshotUser } from "../../api/ledger/snapshot_user.ts";
import { backupFormat, backupFormatVersion, type BackupLine } from "./backup_line.ts";
import { formatKey, formatValue, isV1NoteKey, otherKeys } from "./kv_other_keys.ts";

/** What has been written so far. */
export interface BackupCounts {
  users: number;
  keys: number;
  records: number;
}

const usersPerListMax = 100;

/** All lines; `counts` is kept up to date for whoever shows progress. */
export async function* backUpStore(
  { kv, store, ids, takenAt, counts }: {
    kv: Deno.Kv;
    store: LedgerStore;
    ids: Ids;
    takenAt: string;
    counts: BackupCounts;
  },
): AsyncGenerator<BackupLine> {
  const { generation } = await store.readHead("");
  yield {
    kind: "backup",
    format: backupFormat,
    formatVersion: backupFormatVersion,
    id: ids.uuid(),
    takenAt,
    generation,
  };
  for await (const { key, value } of otherKeys(kv)) {
    if (isV1NoteKey(key)) continue;
    yield { kind: "key", key: formatKey(key), value: formatValue(value) };
    counts.keys++;
  }
  for (let after: string | null = null;;) {
    const users: string[] = await store.listUsers(after, usersPerListMax);
    for (const user of users) {
      yield { kind: "user", user };
      for await (const line of snapshotUser(store, user)) {
        yield line;
        if (line.kind !== "head") counts.records++;
      }
      counts.users++;
    }
    if (users.length < usersPerListMax) break;
    after = users.at(-1)!;
  }
  yield { kind: "end", ...counts };
}
