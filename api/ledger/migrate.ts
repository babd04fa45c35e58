/**
 * From rows of the older system to the change log, a bounded number of rows a call. Rows become CREATED changes
 * that take the same way as pushed ones; a deleted row becomes a record without content and its deletion, so that
 * a copy of it on some device does not bring it back.
 *
 * Invariants: the head is read before the rows, so that what an erase takes away cannot be committed behind it;
 * rows are only read, and the state moves past them after their changes stand. Whatever is interrupted in
 * between is done again, and known by its changeIds.
 */
import type { Conflict, JsonObject, ServerMigration, Verdict } from "../../shared/mod.ts";
import type { LedgerFailure } from "../ports.ts";
import { StoreBusyError } from "../store_busy_error.ts";
import { backoffMs, budget } from "./budget.ts";
import { busy } from "./busy.ts";
import type { LedgerDeps } from "./deps.ts";
import { readGeneration } from "./generation.ts";
import { goneData, type LegacyChange, legacyChange, legacyDeletion } from "./legacy_change.ts";
import type { LegacyRow, LegacySkip, LegacyState } from "./legacy_store.ts";
import type { HeadRead } from "./ledger_store.ts";
import { isPaused, paused } from "./paused.ts";
import { prepareChanges } from "./prepare.ts";
import { pushChanges, type Pushed } from "./push.ts";
import { emptyHead } from "./records.ts";
import type { UserChain } from "./user_chain.ts";

/** Rows that one call looks at: about what the commits of one push hold. */
export const rowsPerMigrationMax = 1600;
/** Rows that an answer names as left out. */
export const skipsPerAnswerMax = 1000;

type Migrated = { ok: true; report: ServerMigration } | LedgerFailure;

/** `POST /api/sync/v2/migrate`. */
export async function migrate(deps: LedgerDeps, chain: UserChain, user: string): Promise<Migrated | null> {
  if (isPaused(deps, await deps.store.readHead(user))) return paused;
  return await chain.run(user, () => migrateRows(deps, user));
}

/** One call's work if there is any; `busy` while more remains. */
export async function ensureMigrated(
  deps: LedgerDeps,
  chain: UserChain,
  user: string,
): Promise<{ ok: true } | LedgerFailure> {
  const { legacyPending } = await deps.store.readHead(user);
  return legacyPending ? await migrateBefore(deps, chain, user) : { ok: true };
}

/** The same for a caller who has read the head and found rows pending. */
export async function migrateBefore(
  deps: LedgerDeps,
  chain: UserChain,
  user: string,
): Promise<{ ok: true } | LedgerFailure> {
  const result = await chain.run(user, () => migrateRows(deps, user));
  if (result === null) return busy;
  if (!result.ok) return result;
  return result.report.remaining === 0 ? { ok: true } : busy;
}

async function migrateRows(deps: LedgerDeps, user: string): Promise<Migrated> {
  const { store } = deps;
  for (let round = 1; round <= budget.restartsMax; round++) {
    const read = await store.readHead(user);
    const { state, token } = await store.readLegacyState(user);
    if (!read.legacyPending || !state || token === null) return await nothingLeft(deps, user, read, state);
    const done = await migratePage(deps, user, read, state);
    if (done === "busy") return busy;
    if (done !== "restart") {
      const next: LegacyState = { ...state, left: done.left, after: done.after };
      const { skipped } = done;
      if (await store.moveLegacyState(user, token, { before: state.after, next, skipped })) {
        return { ok: true, report: { ...counted(done), remaining: done.left } };
      }
    }
    // Another isolate has done the same rows, or an import has put more: whoever moved the state counts them.
    await deps.clock.sleep(backoffMs(round, deps.random.next()));
  }
  return busy;
}

async function nothingLeft(
  { store }: LedgerDeps,
  user: string,
  { head }: HeadRead,
  state: LegacyState | null,
): Promise<Migrated> {
  // Whoever has erased has no rows, also before the last of them is swept.
  const alreadyMigrated = state !== null && !head?.lastErasedEpoch;
  const skipped = alreadyMigrated ? await store.listLegacySkips(user, null, skipsPerAnswerMax) : [];
  const none = { migrated: false, entriesConverted: 0, goalsConverted: 0, remaining: 0 };
  return { ok: true, report: { ...none, alreadyMigrated, skipped } };
}

/** What became of the rows of one call. */
interface PageDone {
  after: LegacyState["after"];
  left: number;
  converted: LegacyRow[];
  skipped: LegacySkip[];
}

function counted({ converted, skipped }: PageDone): Omit<ServerMigration, "remaining"> {
  const countOf = (type: string) => converted.filter(({ entityType }) => entityType === type).length;
  return {
    migrated: true,
    alreadyMigrated: false,
    entriesConverted: countOf("logbook_entry"),
    goalsConverted: countOf("goal"),
    skipped: skipped.slice(0, skipsPerAnswerMax),
  };
}

/** A row with what it is as a change, or why it is none. */
interface ReadRow {
  row: LegacyRow;
  change: LegacyChange | null;
  deleted: boolean;
  reason: string | null;
}

async function migratePage(
  deps: LedgerDeps,
  user: string,
  read: HeadRead,
  state: LegacyState,
): Promise<PageDone | "busy" | "restart"> {
  const rows = await deps.store.listLegacyRows(user, {
    after: state.after,
    limit: rowsPerMigrationMax,
    bytesMax: budget.touchedBytesMax,
  });
  // Whatever the count says: what cannot be found cannot be migrated.
  if (rows.length === 0) return { after: state.after, left: 0, converted: [], skipped: [] };
  const readRows = rows.map((row): ReadRow => {
    const result = legacyChange(user, row);
    return result.ok
      ? { row, change: result.change, deleted: result.deleted, reason: null }
      : { row, change: null, deleted: false, reason: result.reason };
  });
  const pushed = await push(deps, user, read, readRows.flatMap(({ change }) => change ?? []));
  if (typeof pushed === "string") return pushed;
  const settled = settledRows(readRows, pushed);
  const deletions = settled.flatMap(({ row, deleted, verdict }) =>
    deleted && verdict && isNew(verdict) ? [legacyDeletion(user, row, verdict.version!)] : []
  );
  const gone = deletions.length === 0 ? null : await pushDeletions(deps, user, read, deletions);
  if (typeof gone === "string") return gone;
  // Deletions that were not reached: nothing is counted, and the next call meets these rows again.
  if (gone?.verdicts.some(({ status }) => status === "retry")) return "restart";
  return concludePage(state, rows.length, settled);
}

/** Deletions are of what was created in the history of `read`: in another one the same id is another record. */
async function pushDeletions(
  deps: LedgerDeps,
  user: string,
  read: HeadRead,
  deletions: readonly LegacyChange[],
): Promise<Pushed | "busy" | "restart"> {
  const now = await deps.store.readHead(user);
  return now.head?.prefix === (read.head ?? emptyHead).prefix
    ? await push(deps, user, now, deletions)
    : "restart";
}

/** The settled part of what was pushed on top of `read`. */
async function push(
  deps: LedgerDeps,
  user: string,
  read: HeadRead,
  changes: readonly LegacyChange[],
): Promise<Pushed | "busy" | "restart"> {
  await readGeneration(deps, read);
  const prepared = await prepareChanges(changes, deps.sha256Hex);
  const request = { lastKnownServerVersion: 0, changes };
  try {
    const result = await pushChanges(unjudgedIfGone(deps), user, request, prepared, read, undefined);
    return result.ok ? result.pushed : result.code;
  } catch (error) {
    if (error instanceof StoreBusyError) return "busy";
    throw error;
  }
}

/** The site's schema has no say in what a deleted record is created with. */
function unjudgedIfGone(deps: LedgerDeps): LedgerDeps {
  const validate = deps.config?.validateData;
  if (!validate) return deps;
  const validateData = (type: string, data: JsonObject) => data === goneData ? null : validate(type, data);
  return { ...deps, config: { ...deps.config, validateData } };
}

interface SettledRow extends ReadRow {
  verdict: Verdict | null;
  /** What the row's change met, if it met something. */
  conflict: Conflict | null;
}

/** Rows up to the first whose change was not reached. */
function settledRows(rows: readonly ReadRow[], { verdicts, conflicts }: Pushed): SettledRow[] {
  const met = new Map(conflicts.map((conflict) => [conflict.changeId, conflict]));
  const settled: SettledRow[] = [];
  let at = 0;
  for (const one of rows) {
    const verdict = one.change ? verdicts[at++]! : null;
    if (verdict?.status === "retry") break;
    settled.push({ ...one, verdict, conflict: met.get(one.change?.changeId ?? "") ?? null });
  }
  return settled;
}

/** Whether this change, now or when it was settled first, made the record. */
function isNew({ status, original }: Verdict): boolean {
  return status === "applied" || (status === "duplicate" && original === "applied");
}

function concludePage(state: LegacyState, rowsRead: number, settled: readonly SettledRow[]): PageDone {
  const last = settled.at(-1);
  const done: PageDone = {
    after: last ? { entityType: last.row.entityType, entityId: last.row.entityId } : state.after,
    left: Math.max(rowsRead > settled.length ? 1 : 0, state.left - settled.length),
    converted: [],
    skipped: [],
  };
  for (const one of settled) {
    const reason = one.reason ?? skipReason(one);
    const { entityType, entityId } = one.row;
    if (reason) done.skipped.push({ entityType, entityId, reason });
    else if (!one.deleted) done.converted.push(one.row);
  }
  return done;
}

/** Why a row is not in the ledger as it was, or null. */
function skipReason({ verdict, deleted, conflict }: SettledRow): string | null {
  if (verdict?.status === "rejected") return verdict.reason ?? null;
  if (!conflict) return null;
  if (conflict.reason === "deleted_on_server") {
    return deleted ? null : "A record with this id was deleted here. It stays deleted.";
  }
  if (deleted) return "The row is of a deleted record, but a record with this id is here. It stands.";
  const lost = conflict.fields?.length ?? 0;
  return lost === 0
    ? null
    : "A record with this id was here before. Its values stand, fields that it did not have were added; the " +
      `audit trail keeps the row's other values of ${lost} fields.`;
}
