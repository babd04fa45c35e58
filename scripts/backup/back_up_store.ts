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
import { readRestoreNote } from "./restore_note.ts";

/** What has been written so far. */
export interface BackupCounts {
  users: number;
  keys: number;
  records: number;
}

const usersPerListMax = 100;

/** Part of the store is as in the file that is restored, the rest as before: no backup can be taken of that. */
export class RestoreUnderWayError extends Error {
  override name = "RestoreUnderWayError";
}

/** All lines; `counts` is kept up to date for whoever shows progress. Throws
 * {@linkcode RestoreUnderWayError} for a store that a restore has begun on, before or meanwhile. */
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
  await refuseWhileRestored(kv, false);
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
  const moved = (await store.readHead("")).generation !== generation;
  await refuseWhileRestored(kv, moved);
  yield { kind: "end", ...counts };
}

async function refuseWhileRestored(kv: Deno.Kv, moved: boolean): Promise<void> {
  if (await readRestoreNote(kv)) {
    throw new RestoreUnderWayError(
      "A restore of this store is not finished, so that part of it may be as in that backup, the rest as before. " +
        "Finish it by running `deno task restore` again with the same file, then back up.",
    );
  }
  if (moved) {
    throw new RestoreUnderWayError("The store was restored meanwhile. Back it up again.");
  }
}
