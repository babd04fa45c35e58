/** The dual-run check of many users, one after the other, with sums. */
import type { LegacyRow, LegacyStore } from "../../api/ledger/legacy_store.ts";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import type { V1Ledger } from "../../api/ports.ts";
import { importableRow } from "../legacy_import/importable_row.ts";
import type { LegacySource } from "../legacy_import/legacy_source.ts";
import { isId } from "../../shared/mod.ts";
import type { RowCounts } from "./compare_rows.ts";
import { compareUser } from "./compare_user.ts";
import type { Difference } from "./difference.ts";

/** Sums over all users. */
export interface ComparisonTotals extends RowCounts {
  users: number;
  records: number;
  differences: number;
  usersWithDifferences: number;
  /** Users of whom nothing is said: not migrated yet, written to all the time, too large for any V1 client. */
  pending: string[];
  moving: string[];
  tooLarge: string[];
}

/** Rows and users of one read. */
const perReadMax = 500;
const bytesPerReadMax = 4 * 1024 * 1024;

/** Compares `users`; V1's rows are those of `source`, or without one those that an import left in the store. */
export async function compareUsers(
  { store, v1, users, source, listener = {} }: {
    store: LedgerStore;
    v1: V1Ledger;
    users: Iterable<string>;
    source?: LegacySource | undefined;
    listener?: {
      found?(difference: Difference): void;
      progress?(totals: Readonly<ComparisonTotals>): void;
    };
  },
): Promise<ComparisonTotals> {
  const totals: ComparisonTotals = {
    ...{
      users: 0,
      records: 0,
      differences: 0,
      usersWithDifferences: 0,
      pending: [],
      moving: [],
      tooLarge: [],
    },
    ...{ compared: 0, skipped: 0, met: 0, editedSince: 0 },
  };
  const rowsOf = (user: string) => source ? sourceRows(source, user) : storedRows(store, user);
  for (const user of users) {
    const result = await compareUser({ store, v1, user, rowsOf });
    totals.users++;
    if (result.ok) {
      totals.records += result.records;
      totals.differences += result.differences.length;
      if (result.differences.length > 0) totals.usersWithDifferences++;
      for (const name of ["compared", "skipped", "met", "editedSince"] as const) {
        totals[name] += result.rows[name];
      }
      for (const difference of result.differences) listener.found?.(difference);
    } else totals[result.code].push(user);
    listener.progress?.(totals);
  }
  return totals;
}

/** Who can be compared. */
export interface UsersToCompare {
  /** Everybody who has a history, rows of V1, or a place in the source; sorted. */
  users: string[];
  /** Users of the source whose ids no store takes: the import left their rows out. */
  unusable: string[];
}

/** Looks for all users. */
export async function usersToCompare(store: LedgerStore, source?: LegacySource): Promise<UsersToCompare> {
  const users = new Set<string>();
  const unusable: string[] = [];
  for (const user of source?.users() ?? []) {
    if (isId(user)) users.add(user);
    else unusable.push(user);
  }
  const lists = [
    (after: string | null) => store.listUsers(after, perReadMax),
    (after: string | null) => store.listLegacyUsers(after, perReadMax),
  ];
  for (const list of lists) {
    for (let after: string | null = null;;) {
      const page: string[] = await list(after);
      for (const user of page) users.add(user);
      if (page.length < perReadMax) break;
      after = page.at(-1)!;
    }
  }
  return { users: [...users].sort(), unusable };
}

/** Whether anything is known of `user`: a history, rows that an import left, or rows in `source`. */
export async function isKnownUser(store: LedgerStore, user: string, source?: LegacySource): Promise<boolean> {
  if ((await store.readHead(user)).head || (await store.readLegacyState(user)).state) return true;
  for (const _row of source?.rows(user) ?? []) return true;
  return false;
}

async function* storedRows(store: LegacyStore, user: string): AsyncGenerator<LegacyRow> {
  for (let after: LegacyRow | null = null;;) {
    const rows: LegacyRow[] = await store.listLegacyRows(user, {
      after,
      limit: perReadMax,
      bytesMax: bytesPerReadMax,
    });
    if (rows.length === 0) return;
    yield* rows;
    after = rows.at(-1)!;
  }
}

function* sourceRows(source: LegacySource, user: string): Generator<LegacyRow> {
  for (const row of source.rows(user)) {
    const importable = importableRow(row);
    if (importable.ok) yield importable.row;
  }
}
