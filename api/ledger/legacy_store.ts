/**
 * Rows of the older, full-state system as an operator's import leaves them: the part of the ledger's port that
 * keeps them, and says how far they have become changes. Migration only reads rows; what moves is the state.
 *
 * Invariants every adapter keeps (and `tests/contract/` holds it to):
 * - a row is never visible without a state that says it is still to be migrated, nor half;
 * - whoever has erased has no rows: none can be put, none are pending, and a sweep takes what is left.
 */
import { isId } from "../../shared/mod.ts";
import type { EntityRef } from "./records.ts";

/** A time as the older database has it: text, ms or s since 1970, or nothing. */
export type LegacyTime = string | number | null;

/** One row of `sync_data`; identified by user, type and id. */
export interface LegacyRow extends EntityRef {
  /** The record's JSON text as it was stored, sound or not. */
  data: string;
  version: number | null;
  createdAt: LegacyTime;
  updatedAt: LegacyTime;
  /** Anything but null: the record is deleted. */
  deletedAt: LegacyTime;
  deviceId: string | null;
  checksum?: string;
}

/** What is known of a user's rows without reading them. */
export interface LegacyState {
  /** Rows by entity type, each type once. */
  counts: readonly (readonly [entityType: string, rows: number])[];
  /** Rows that are still to be migrated; 0 when migration is done. */
  left: number;
  /** The last row that was migrated, in an order of the store's own; null at the beginning. */
  after: EntityRef | null;
}

/** A row that was left out, and why: for people, without its values. */
export interface LegacySkip extends EntityRef {
  reason: string;
}

/** Result of putting rows. `erased`: the user has erased everything since, and nothing comes back. */
export type LegacyPut =
  | {
    ok: true;
    /** Rows that are new or were replaced. */
    written: number;
    /** Rows that were there already, equal. */
    unchanged: number;
    /** Rows that cannot be kept at all. */
    refused: LegacySkip[];
  }
  | { ok: false; code: "erased" | "invalid_user" | "busy" };

/** Bounds of legacy rows: wider than the ledger's, so that a bad row can be kept, and named when migrated. */
export const legacyLimits = {
  /** Rows of one put. */
  rowsPerPutMax: 1000,
  /** UTF-16 units of a row's entity type. */
  typeUnitsMax: 64,
  /** UTF-16 units of a row's entity id. */
  idUnitsMax: 256,
  /** UTF-8 bytes of a row as JSON. */
  rowBytesMax: 4 * 1024 * 1024,
  /** Different entity types of one user. */
  typesMax: 100,
} as const;

/** The part of the ledger's store that keeps legacy rows. */
export interface LegacyStore {
  /**
   * Keeps rows, at most {@linkcode legacyLimits}.rowsPerPutMax; of several rows of one entity the last. A row
   * that is there already is replaced. If anything was written, all the user's rows are to be migrated (again:
   * derived changeIds make that harmless). May be interrupted and done again.
   */
  putLegacyRows(user: string, rows: readonly LegacyRow[]): Promise<LegacyPut>;
  /** The state of a user's rows, null for a user who has none; `token` is what moving it checks. */
  readLegacyState(user: string): Promise<{ state: LegacyState | null; token: string | null }>;
  /** Rows above `after`, in the store's order; fewer than `limit` at the end or when bytes are used up. */
  listLegacyRows(
    user: string,
    query: { after: EntityRef | null; limit: number; /** One row is always given. */ bytesMax: number },
  ): Promise<LegacyRow[]>;
  /**
   * Notes that the rows from `before` up to `next.after` are done: `skipped` replaces what was noted about
   * them. Resolves to false, with the state as it is, if the state is not the one that `token` was read with.
   */
  moveLegacyState(
    user: string,
    token: string,
    move: { before: EntityRef | null; next: LegacyState; skipped: readonly LegacySkip[] },
  ): Promise<boolean>;
  /** Rows that were left out, above `after` in the store's order; at most `limit`. */
  listLegacySkips(user: string, after: EntityRef | null, limit: number): Promise<LegacySkip[]>;
  /** Users that have legacy rows, with a head or without, above `after`, each once; at most `limit`. */
  listLegacyUsers(after: string | null, limit: number): Promise<string[]>;
}

/** Why a row cannot be kept, or null. Keys of a database take well-formed text only. */
export function legacyRowFault({ entityType, entityId }: EntityRef, rowBytes: number): string | null {
  const { typeUnitsMax, idUnitsMax, rowBytesMax } = legacyLimits;
  if (!isKeyText(entityType, typeUnitsMax)) {
    return `The row's entity type must be 1 to ${typeUnitsMax} characters of well-formed text.`;
  }
  if (!isKeyText(entityId, idUnitsMax)) {
    return `The row's entity id must be 1 to ${idUnitsMax} characters of well-formed text.`;
  }
  return rowBytes > rowBytesMax ? `The row has ${rowBytes} bytes; at most ${rowBytesMax} can be kept.` : null;
}

/** Whether rows can be kept for `user`: whoever signs in has such an id. */
export function isLegacyUser(user: string): boolean {
  return isId(user);
}

/** The state after rows were put: everything is to be migrated. `added` counts rows that were not there. */
export function stateAfterPut(
  state: LegacyState | null,
  added: readonly EntityRef[],
): LegacyState {
  const counts = new Map(state?.counts);
  for (const { entityType } of added) counts.set(entityType, (counts.get(entityType) ?? 0) + 1);
  return { counts: [...counts], left: rowsIn([...counts]), after: null };
}

/** Of rows that are new, by any key, those whose type is one too many for the user; with why. */
export function tooManyTypes<K>(
  state: LegacyState | null,
  rows: readonly (readonly [K, EntityRef])[],
): [K, LegacySkip][] {
  const types = new Set(state?.counts.map(([type]) => type));
  return rows.flatMap(([key, { entityType, entityId }]): [K, LegacySkip][] => {
    if (types.size < legacyLimits.typesMax) types.add(entityType);
    if (types.has(entityType)) return [];
    const reason = `The user's rows have more than ${legacyLimits.typesMax} entity types.`;
    return [[key, { entityType, entityId, reason }]];
  });
}

/** Rows of all types together. */
export function rowsIn(counts: LegacyState["counts"]): number {
  return counts.reduce((sum, [, rows]) => sum + rows, 0);
}

function isKeyText(text: unknown, unitsMax: number): text is string {
  return typeof text === "string" && text.length >= 1 && text.length <= unitsMax && text.isWellFormed();
}
