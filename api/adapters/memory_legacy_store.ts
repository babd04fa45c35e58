/** Rows of the older system in memory: the twin of `kv_legacy_store.ts`, held to the same contract suite. */
import type { EntityRef } from "../ledger/records.ts";
import {
  isLegacyUser,
  legacyLimits,
  type LegacyRow,
  legacyRowFault,
  type LegacySkip,
  type LegacyState,
  type LegacyStore,
  stateAfterPut,
  tooManyTypes,
} from "../ledger/legacy_store.ts";

/** What is kept of one user; keys are texts that sort by type, then id. */
export interface LegacyRows {
  rows: Map<string, LegacyRow>;
  skips: Map<string, LegacySkip>;
  state: LegacyState | null;
  /** Rises with every write of the state. */
  revision: number;
}

/** Nothing. */
export function noLegacyRows(): LegacyRows {
  return { rows: new Map(), skips: new Map(), state: null, revision: 0 };
}

/** Where a memory store keeps its users. */
export interface LegacyUsers {
  rowsOf(user: string): LegacyRows;
  hasErased(user: string): boolean;
  names(): string[];
}

/** The legacy part of a memory store. */
export function memoryLegacyStore({ rowsOf, hasErased, names }: LegacyUsers): LegacyStore {
  return {
    putLegacyRows(user, rows) {
      if (rows.length > legacyLimits.rowsPerPutMax) {
        const error = new RangeError(
          `Cannot put legacy rows: ${rows.length} at once, at most ${legacyLimits.rowsPerPutMax}`,
        );
        return Promise.reject(error);
      }
      if (!isLegacyUser(user)) return Promise.resolve({ ok: false, code: "invalid_user" });
      if (hasErased(user)) return Promise.resolve({ ok: false, code: "erased" });
      return Promise.resolve({ ok: true, ...put(rowsOf(user), rows) });
    },
    readLegacyState(user) {
      const { state, revision } = rowsOf(user);
      return Promise.resolve({ state: structuredClone(state), token: state ? String(revision) : null });
    },
    listLegacyRows(user, { after, limit, bytesMax }) {
      const listed: LegacyRow[] = [];
      let bytes = 0;
      for (const row of sortedAbove(rowsOf(user).rows, after).slice(0, limit)) {
        bytes += JSON.stringify(row).length;
        if (listed.length > 0 && bytes > bytesMax) break;
        listed.push({ ...row });
      }
      return Promise.resolve(listed);
    },
    moveLegacyState(user, token, { before, next, skipped }) {
      const kept = rowsOf(user);
      if (!kept.state || String(kept.revision) !== token) return Promise.resolve(false);
      for (const skip of sortedAbove(kept.skips, before)) {
        if (next.after && compareRefs(skip, next.after) <= 0) kept.skips.delete(keyOf(skip));
      }
      for (const skip of skipped) kept.skips.set(keyOf(skip), { ...skip });
      kept.state = structuredClone(next);
      kept.revision++;
      return Promise.resolve(true);
    },
    listLegacySkips(user, after, limit) {
      return Promise.resolve(structuredClone(sortedAbove(rowsOf(user).skips, after).slice(0, limit)));
    },
    listLegacyUsers(after, limit) {
      const users = names().filter((user) => rowsOf(user).state !== null && (after === null || user > after));
      return Promise.resolve(users.sort().slice(0, limit));
    },
  };
}

function put(kept: LegacyRows, rows: readonly LegacyRow[]) {
  const refused: LegacySkip[] = [];
  const last = new Map<string, LegacyRow>();
  for (const row of structuredClone(rows)) {
    const { entityType, entityId } = row;
    const reason = legacyRowFault(row, new TextEncoder().encode(JSON.stringify(row)).byteLength);
    if (reason) refused.push({ entityType, entityId, reason });
    else last.set(keyOf(row), row);
  }
  const fresh = new Map(
    [...last].filter(([key, row]) => JSON.stringify(kept.rows.get(key)) !== JSON.stringify(row)),
  );
  for (const [key, refusal] of tooManyTypes(kept.state, [...fresh])) {
    refused.push(refusal);
    last.delete(key);
    fresh.delete(key);
  }
  const added = [...fresh].flatMap(([key, row]) => kept.rows.has(key) ? [] : [row]);
  for (const [key, row] of fresh) {
    kept.rows.set(key, row);
    kept.skips.delete(key);
  }
  if (fresh.size > 0) {
    kept.state = stateAfterPut(kept.state, added);
    kept.revision++;
  }
  return { written: fresh.size, unchanged: last.size - fresh.size, refused };
}

function keyOf({ entityType, entityId }: EntityRef): string {
  return JSON.stringify([entityType, entityId]);
}

function compareRefs(a: EntityRef, b: EntityRef): number {
  if (a.entityType !== b.entityType) return a.entityType < b.entityType ? -1 : 1;
  return a.entityId === b.entityId ? 0 : a.entityId < b.entityId ? -1 : 1;
}

function sortedAbove<T extends EntityRef>(kept: ReadonlyMap<string, T>, after: EntityRef | null): T[] {
  return [...kept.values()].filter((one) => !after || compareRefs(one, after) > 0).sort(compareRefs);
}
