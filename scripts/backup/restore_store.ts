/**
 * Puts a backup into a store. First a new generation is written, so that from then on every client hears
 * `restored` and offers again what it knows; then each user is switched over by one commit. A restore that was
 * interrupted is finished by running it again with the same file: a note in the store says how far it came.
 *
 * Invariants: nothing is touched before the whole file was checked; each user is as before or as in the backup,
 * never between; nobody's erased data comes back, as far as the store that is replaced knows of the erase; and
 * switches that are set in the store stay, so that a restore never lifts the pause that it is made under.
 */
import type { Ids } from "../../api/ports.ts";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { generationKey, legacySweepKey } from "../../api/adapters/kv_keys.ts";
import { whileLocked } from "../../api/adapters/kv_lock.ts";
import { decodeJson, encodeJson } from "../../api/adapters/kv_values.ts";
import { clearUser, type RestoreDeps, restoreUser } from "../../api/ledger/restore_user.ts";
import type { SnapshotLine } from "../../api/ledger/snapshot_user.ts";
import { BackupFileError, readBackupFile } from "./backup_file.ts";
import type { BackupLine } from "./backup_line.ts";
import { checkBackup, type CheckedBackup } from "./check_backup.ts";
import {
  hasFlags,
  isEmptyStore,
  isFlagKey,
  isV1NoteKey,
  otherKeys,
  parseKey,
  parseValue,
} from "./kv_other_keys.ts";
import { readRestoreNote, type RestoreNote, restoreNoteKey, writeRestoreNote } from "./restore_note.ts";

/** What was done. */
export interface RestoreReport {
  generation: string;
  users: number;
  /** Users who had erased their data since, and whose data stays erased. */
  keptErased: number;
  /** Users of the store whom the backup does not know. */
  cleared: number;
  resumed: boolean;
}

/** A restore, or why the store was not touched. */
export type RestoreResult = { ok: true; report: RestoreReport } | { ok: false; reason: string };

/** The file failed after the store was touched, by this run or by the one that it was to finish. */
export class UnfinishedRestoreError extends Error {
  override name = "UnfinishedRestoreError";

  constructor(cause: BackupFileError) {
    super(
      `The restore is not finished: part of the store may be as in the backup, the rest as before. Repeat it ` +
        `with an intact copy of the same file, or restore another backup with --replace. ${cause.message}`,
      { cause },
    );
  }
}

/** How far it is: one step after the other. `total` is missing where nobody knows it yet. */
export interface RestoreProgress {
  step: "check" | "otherKeys" | "users";
  done: number;
  total?: number;
}

/** What a restore works with. */
export interface RestoreOptions {
  kv: Deno.Kv;
  deps: Omit<RestoreDeps, "store"> & { ids: Ids };
  path: string;
  /** Whether a store that holds data may be replaced. */
  replace: boolean;
  /** What the check of the file gave, where it was checked beforehand. */
  checked?: CheckedBackup | undefined;
  onProgress?: ((at: RestoreProgress) => void) | undefined;
}

const keysPerSweep = 20_000;
const usersPerListMax = 100;

/**
 * Checks the file, then restores it. Throws `BackupFileError` for a file that cannot be used, when the store is
 * as it was; {@linkcode UnfinishedRestoreError} when it is not.
 */
export async function restoreStore(options: RestoreOptions): Promise<RestoreResult> {
  try {
    return await checkAndRestore(options);
  } catch (error) {
    // The note is there from the first write to the last.
    if (!(error instanceof BackupFileError) || !await readRestoreNote(options.kv)) throw error;
    throw new UnfinishedRestoreError(error);
  }
}

async function checkAndRestore(options: RestoreOptions): Promise<RestoreResult> {
  const { kv, deps: { clock, random, ids }, path, replace } = options;
  const checked = options.checked ??
    await checkBackup(path, (done) => options.onProgress?.({ step: "check", done }));
  const standing = await readRestoreNote(kv);
  const resumed = standing?.backupId === checked.header.id;
  if (!resumed && !replace && !await isEmptyStore(kv)) {
    return {
      ok: false,
      reason:
        "The store holds data. Add --replace to replace all of it by the backup; what changed since is " +
        "then only in devices that offer it again.",
    };
  }
  const deps: RestoreDeps = { store: kvLedgerStore(kv), clock, random };
  const begun = resumed
    ? { ok: true as const, note: standing!, generation: await readGeneration(kv) ?? "" }
    : await begin(kv, deps, ids, checked, standing);
  if (!begun.ok) return begun;
  const { note, generation } = begun;
  const keptErased = await restoreLines(options, deps, checked, note);
  const cleared = await clearOthers(deps, note.prefix, checked);
  for (let more = true; more;) ({ more } = await deps.store.sweepErased(keysPerSweep));
  await whileLocked(() => kv.delete(restoreNoteKey));
  return { ok: true, report: { generation, users: checked.users.size, keptErased, cleared, resumed } };
}

async function begin(
  kv: Deno.Kv,
  deps: RestoreDeps,
  ids: Ids,
  { header }: CheckedBackup,
  abandoned: RestoreNote | null,
): Promise<{ ok: true; note: RestoreNote; generation: string } | { ok: false; reason: string }> {
  const generation = ids.uuid();
  const newest = [await readGeneration(kv) ?? "", header.generation ?? ""].sort().at(-1)!;
  // Epochs are compared as text: one that does not rise would take an erase of before for one of after.
  if (generation <= newest) {
    return {
      ok: false,
      reason:
        "The clock of this machine is behind the one that last wrote this store's generation. Set it right.",
    };
  }
  if (abandoned?.user) await deps.store.noteErased(abandoned.user, abandoned.prefix);
  // Time makes a number that no user's count of erases reaches, and that no other restore has used.
  const prefix = Math.max(deps.clock.nowMs(), (abandoned?.prefix ?? 0) + 1);
  const note: RestoreNote = {
    backupId: header.id,
    prefix,
    usersDone: -1,
    keepFlags: await hasFlags(kv),
    user: null,
  };
  await whileLocked(() =>
    kv.atomic().set(generationKey, encodeJson(generation)).set(restoreNoteKey, encodeJson(note)).commit()
  );
  return { ok: true, note, generation };
}

/** Other keys, then user by user; resolves to how many stay erased. */
async function restoreLines(
  { kv, path, onProgress }: RestoreOptions,
  deps: RestoreDeps,
  { header, users, end }: CheckedBackup,
  note: RestoreNote,
): Promise<number> {
  const plan = { prefix: note.prefix, generation: header.generation ?? "" };
  const lines = readBackupFile(path);
  if (note.usersDone < 0) {
    for await (const { key } of otherKeys(kv)) {
      if (!(note.keepFlags && isFlagKey(key))) await whileLocked(() => kv.delete(key));
    }
  }
  let keptErased = 0;
  let keys = 0;
  let seen = 0;
  let last: BackupLine | null = null;
  const changed = () => new BackupFileError(`${path} is not the file any more that was checked.`);
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    const line: BackupLine = last = next.value;
    if (line.kind === "backup" && line.id !== header.id) throw changed();
    if (line.kind === "key" && note.usersDone < 0) {
      const key = parseKey(line.key);
      // Older backups hold V1's notes.
      if (!(note.keepFlags && isFlagKey(key)) && !isV1NoteKey(key)) {
        await whileLocked(() => kv.set(key, parseValue(line.value)));
      }
      onProgress?.({ step: "otherKeys", done: ++keys, total: end.keys });
    }
    if (line.kind !== "user") continue;
    const { user } = line;
    if (seen++ < note.usersDone) continue;
    await writeRestoreNote(kv, { ...note, usersDone: seen - 1, user });
    const outcome = await restoreUser(deps, user, plan, untilHead(lines));
    if (outcome === "kept_erased") {
      keptErased++;
      for await (const { key } of kv.list({ prefix: ["legacy", user] })) await kv.delete(key);
    } else if ((await deps.store.readHead(user)).head?.lastErasedEpoch) {
      // The backup was taken before the last of the legacy rows that an erase ended was swept.
      await whileLocked(() => kv.set(legacySweepKey(user), encodeJson(true)));
    }
    await writeRestoreNote(kv, { ...note, usersDone: seen, user: null });
    onProgress?.({ step: "users", done: seen, total: users.size });
  }
  if (last?.kind !== "end") throw changed();
  return keptErased;
}

/** The lines of one user; leaves the reader behind the head. */
async function* untilHead(lines: AsyncGenerator<BackupLine>): AsyncGenerator<SnapshotLine> {
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    const line = next.value as SnapshotLine;
    yield line;
    if (line.kind === "head") return;
  }
}

/** Users of whom the backup knows nothing were not there when it was taken. */
async function clearOthers(
  deps: RestoreDeps,
  prefix: number,
  { users, header }: CheckedBackup,
): Promise<number> {
  let cleared = 0;
  for (let after: string | null = null;;) {
    const listed: string[] = await deps.store.listUsers(after, usersPerListMax);
    for (const user of listed) {
      if (users.has(user)) continue;
      await clearUser(deps, user, { prefix, generation: header.generation ?? "" });
      cleared++;
    }
    if (listed.length < usersPerListMax) return cleared;
    after = listed.at(-1)!;
  }
}

async function readGeneration(kv: Deno.Kv): Promise<string | null> {
  const { value } = await kv.get<Uint8Array>(generationKey);
  return value ? decodeJson<string>(value) : null;
}
