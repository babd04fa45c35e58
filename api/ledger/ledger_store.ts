/**
 * The port between the ledger's rules and a database. Low level on purpose: it reads and writes records and
 * knows nothing of conflicts, pages or verdicts.
 *
 * Invariants every adapter keeps (and `tests/contract/` holds it to):
 * - `commit` and `replaceHead` succeed only while the head is the one that `token` was read with;
 * - a step becomes visible whole or not at all, and steps become visible in order;
 * - no size that the contract allows makes a database error: adapters split values and cut commits.
 */
import type {
  DeviceRow,
  EntityRef,
  EntityState,
  FeedEntry,
  Flags,
  Head,
  LogRow,
  Mark,
  SettledStep,
} from "./records.ts";

/** Opaque identity of the head that was read; what a commit checks. */
export type HeadToken = string | null;

/** The first read of every request. */
export interface HeadRead {
  /** The store's generation; null in a store that never had one. */
  generation: string | null;
  /** null for a user of whom nothing is known. */
  head: Head | null;
  token: HeadToken;
  flags: Flags;
  /** The user has rows of the legacy system that are not migrated yet. */
  legacyPending: boolean;
  /** The row of the device that asks, if it named itself and was seen before. */
  device: DeviceRow | null;
}

/** Result of a write that checks the head. `head_moved`: somebody else committed; read again. */
export type CommitResult =
  | { ok: true; token: HeadToken; /** Steps written, from the front; at least one. */ committed: number }
  | { ok: false; code: "head_moved" | "locked" };

/** An entity that was asked for; `too_much` was not loaded because the byte budget was used up. */
export type EntityRead = EntityState | null | "too_much";

/** A page of log rows; complete rows, fewer than asked for when the byte budget was used up. */
export interface RowQuery {
  /** Versions above this. */
  after: number;
  /** Versions up to this. */
  upTo: number;
  /** 1–1000. */
  limit: number;
  /** Stored bytes after which the page ends; one row is always given. */
  bytesMax: number;
  newestFirst?: boolean;
}

/** Storage of all users' ledgers. */
export interface LedgerStore {
  /** Generation, head, flags, legacy marker and device in one step. */
  readHead(user: string, deviceId?: string): Promise<HeadRead>;
  /** Writes the store's generation if there is none; resolves to the one that stands. */
  createGeneration(candidate: string): Promise<string>;
  /** Marks and entities in one step (one more for entities that are split), in the order asked. */
  readState(
    user: string,
    prefix: number,
    changeIds: readonly string[],
    refs: readonly EntityRef[],
    entityBytesMax: number,
  ): Promise<{ marks: (Mark | null)[]; entities: EntityRead[] }>;
  /** Single log rows, null where trimmed. */
  readRows(user: string, prefix: number, versions: readonly number[]): Promise<(LogRow | null)[]>;
  /** Log rows in version order (or against it). */
  listRows(user: string, prefix: number, query: RowQuery): Promise<LogRow[]>;
  /** Entities by their latest version, rising; `after` exclusive, `upTo` inclusive. */
  listFeed(
    user: string,
    prefix: number,
    query: { after: number; upTo: number; limit: number },
  ): Promise<FeedEntry[]>;
  /** Writes as many steps from the front as one transaction holds, and the device with them. */
  commit(
    user: string,
    token: HeadToken,
    steps: readonly SettledStep[],
    device?: DeviceRow,
  ): Promise<CommitResult>;
  /** Writes the head alone; `sweepPrefix` also notes a key space to be swept. */
  replaceHead(user: string, token: HeadToken, head: Head, sweepPrefix?: number): Promise<CommitResult>;
  /** Without a check. */
  writeDevice(user: string, device: DeviceRow): Promise<void>;
  /** Devices of a key space, at most 1,000. */
  listDevices(user: string, prefix: number): Promise<DeviceRow[]>;
  /** Deletes log rows up to `floor`, at most `rowsMax`; resolves to whether any are left. */
  trimRows(user: string, prefix: number, floor: number, rowsMax: number): Promise<boolean>;
  /** Deletes keys of erased key spaces, at most `keysMax`; resolves to whether any are left. */
  sweepErased(keysMax: number): Promise<boolean>;
  /** Deletes what lost races left behind of a user's data, at most `keysMax`; whether any are left. */
  sweepOrphans(user: string, keysMax: number): Promise<boolean>;
  /** Resolves if the store answers. */
  ready(): Promise<void>;
}
