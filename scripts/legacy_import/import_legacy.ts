/**
 * Carries V1's rows from a source into the store, user by user, for the server's migration to turn into changes.
 *
 * Invariants: a row is written as it was stored, sound or not, so that nothing is lost on the way; the store
 * keeps equal rows as they are, so a run that was killed is finished by running it again; what an erase took
 * does not come back; memory does not grow with the source.
 */
import type { LegacyRow, LegacyState, LegacyStore } from "../../api/ledger/legacy_store.ts";
import { StoreBusyError } from "../../api/store_busy_error.ts";
import type { DialectName } from "./dialects_of.ts";
import { importableRow } from "./importable_row.ts";
import { judgeRow } from "./judge_row.ts";
import type { LegacySource } from "./legacy_source.ts";

/** Rows by entity type. */
export type TypeCounts = Map<string, number>;

/** A row that was not carried over (`kept: false`), or that migration is going to leave out. */
export interface RowSkip {
  user: string | null;
  entityType: string | null;
  entityId: string | null;
  kept: boolean;
  reason: string;
}

/** One user, done. */
export interface UserImport {
  user: string;
  /** What the source has. */
  source: TypeCounts;
  /** What the store had before, and has now; equal in a dry run. */
  before: TypeCounts;
  after: TypeCounts;
  /** Rows of entities that the source has twice; the newest one counts. */
  superseded: number;
  written: number;
  unchanged: number;
  /** Rows that are not in the store although they could be: always 0, unless something is wrong. */
  missing: number;
  /** Has erased everything here since, and gets nothing back. */
  erased: boolean;
}

/** The whole run. */
export interface ImportTotals extends Omit<UserImport, "user" | "erased"> {
  users: number;
  rows: number;
  erasedUsers: number;
  /** Rows that were not carried over, and those that migration is going to leave out. */
  notKept: number;
  willBeSkipped: number;
  /** Rows of deleted records, which become deletions. */
  deleted: number;
  /** Rows in each dialect. */
  normalised: Map<DialectName, number>;
}

/** Where the run reports to. */
export interface ImportListener {
  skipped?(skip: RowSkip): void;
  userDone?(done: UserImport): void;
  progress?(totals: Readonly<ImportTotals>): void;
}

/** Rows of one write, and about how much text they hold. */
const rowsPerPutMax = 500;
const unitsPerPutMax = 2 * 1024 * 1024;

/** Runs the import; a dry run reads and judges everything and writes nothing. Throws `StoreBusyError`. */
export async function importLegacy(
  { source, store, dryRun, listener = {} }: {
    source: LegacySource;
    store: LegacyStore;
    dryRun: boolean;
    listener?: ImportListener;
  },
): Promise<ImportTotals> {
  const totals: ImportTotals = {
    ...{ users: 0, rows: 0, erasedUsers: 0, notKept: 0, willBeSkipped: 0, superseded: 0, deleted: 0 },
    ...{ written: 0, unchanged: 0, missing: 0, normalised: new Map() },
    ...{ source: new Map(), before: new Map(), after: new Map() },
  };
  let user: UserRun | null = null;
  for (const row of source.rows()) {
    totals.rows++;
    const importable = importableRow(row);
    const skip = (kept: boolean, reason: string) => {
      const { userId, entityType, entityId } = row;
      totals[kept ? "willBeSkipped" : "notKept"]++;
      listener.skipped?.({ user: userId, entityType, entityId, kept, reason });
    };
    if (importable.ok) {
      if (user?.done.user !== importable.user) {
        await user?.end();
        user = await UserRun.begin({ store, dryRun, totals, listener }, importable.user);
      }
      const judged = judgeRow(importable.user, importable.row);
      if (!judged.ok) skip(true, judged.reason);
      else if (judged.deleted) totals.deleted++;
      else for (const name of judged.dialects) addTo(totals.normalised, name, 1);
      await user.add(importable.row);
    } else skip(false, importable.reason);
    listener.progress?.(totals);
  }
  await user?.end();
  return totals;
}

interface RunParts {
  store: LegacyStore;
  dryRun: boolean;
  totals: ImportTotals;
  listener: ImportListener;
}

/** One user's rows on their way. */
class UserRun {
  readonly done: UserImport;
  #batch: LegacyRow[] = [];
  #batchUnits = 0;
  /** The row before, which the next one may supersede. */
  #last: LegacyRow | null = null;
  /** Entities that the store must have in the end. */
  readonly #due: TypeCounts = new Map();

  static async begin(parts: RunParts, user: string): Promise<UserRun> {
    const { state } = await parts.store.readLegacyState(user);
    return new UserRun(parts, user, countsOf(state));
  }

  private constructor(private readonly parts: RunParts, user: string, before: TypeCounts) {
    const counts = { superseded: 0, written: 0, unchanged: 0, missing: 0 };
    this.done = { user, source: new Map(), before, after: before, ...counts, erased: false };
  }

  async add(row: LegacyRow): Promise<void> {
    const { done } = this;
    addTo(done.source, row.entityType, 1);
    if (row.entityType === this.#last?.entityType && row.entityId === this.#last.entityId) {
      // The store takes the last of a write; `#put` keeps the two in one.
      done.superseded++;
    } else addTo(this.#due, row.entityType, 1);
    this.#last = row;
    this.#batch.push(row);
    this.#batchUnits += row.data.length;
    if (this.#batch.length >= rowsPerPutMax || this.#batchUnits >= unitsPerPutMax) await this.#put();
  }

  /** Puts all but the last row, which may still be superseded. */
  async #put(rows = this.#batch.splice(0, this.#batch.length - 1)): Promise<void> {
    const { done, parts } = this;
    this.#batchUnits = this.#batch.reduce((sum, { data }) => sum + data.length, 0);
    if (parts.dryRun || done.erased || rows.length === 0) return;
    const put = await parts.store.putLegacyRows(done.user, rows);
    if (put.ok) {
      done.written += put.written;
      done.unchanged += put.unchanged;
      for (const { entityType, entityId, reason } of put.refused) {
        addTo(this.#due, entityType, -1);
        parts.totals.notKept++;
        parts.listener.skipped?.({ user: done.user, entityType, entityId, kept: false, reason });
      }
    } else if (put.code === "erased") done.erased = true;
    else throw new StoreBusyError();
  }

  async end(): Promise<void> {
    const { done, parts: { store, dryRun, totals, listener } } = this;
    await this.#put(this.#batch.splice(0));
    if (!dryRun) done.after = countsOf((await store.readLegacyState(done.user)).state);
    if (!dryRun && !done.erased) {
      for (const [type, due] of this.#due) done.missing += Math.max(0, due - (done.after.get(type) ?? 0));
    }
    totals.users++;
    if (done.erased) totals.erasedUsers++;
    for (const name of ["superseded", "written", "unchanged", "missing"] as const) totals[name] += done[name];
    for (const name of ["source", "before", "after"] as const) {
      for (const [type, count] of done[name]) addTo(totals[name], type, count);
    }
    listener.userDone?.(done);
  }
}

function countsOf(state: LegacyState | null): TypeCounts {
  return new Map(state?.counts);
}

function addTo<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
