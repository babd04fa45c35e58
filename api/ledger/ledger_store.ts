/**
 * The port between the ledger's rules and a database. Low level on purpose: it reads and writes records and
 * knows nothing of conflicts, pages or verdicts.
 *
 * Invariants every adapter keeps (and `tests/contract/` holds it to):
 * - `commit` and `replaceHead` succeed only while the head is the one that `token` was read with, and give it
 *   another token, also when it says the same as before;
 * - a step becomes visible whole or not at all, and steps become visible in order;
 * - no size that the contract allows makes a database error: adapters split values and cut commits.
 */
import type { FlagStore } from "./flag_store.ts";
import type { LegacyStore } from "./legacy_store.ts";
import type { V1Notes } from "./v1_notes.ts";
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
  /** The user has rows of the legacy system that are not migrated yet, and has never erased. */
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

/** A log row that was asked for: null where trimmed; `too_much` as with entities. */
export type RowRead = LogRow | null | "too_much";

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

/** A page of the entities of one type. */
export interface EntityQuery {
  entityType: string;
  /** Ids above this, in an order of the store's own; null to begin. */
  after: string | null;
  /** 1–1000. */
  limit: number;
  /** Stored bytes after which the page ends; one entity is always given. */
  bytesMax: number;
}

/** Entities of one type, in an order of the store's own. */
export interface EntityList {
  /** Whole, tombstones too. */
  entities: EntityState[];
  /** Entities that were replaced while they were read: to be read again. */
  torn: EntityRef[];
  /** Id of the last one looked at; null when there is none behind it. */
  next: string | null;
}

/** What one bounded step of housekeeping did. */
export interface Swept {
  /** Rows or keys that are gone now. */
  deleted: number;
  /** Whether any are left for the next step. */
  more: boolean;
}

/** A record as a backup holds it: everything of a user but the head and what can be derived. */
export type KeptRecord =
  | { kind: "mark"; changeId: string; mark: Mark }
  | { kind: "row"; row: LogRow }
  | { kind: "entity"; entity: EntityState };

/** Storage of all users' ledgers. */
export interface LedgerStore extends FlagStore, LegacyStore, V1Notes {
  /** Generation, head, flags, legacy marker and device in one step. */
  readHead(user: string, deviceId?: string): Promise<HeadRead>;
  /** Writes the store's generation if there is none; resolves to the one that stands. */
  createGeneration(candidate: string): Promise<string>;
  /**
   * Marks and entities in one step (one more for entities that are split), in the order asked. `entityBytesMax` are
   * stored bytes, with all that an entity remembers of its fields; the first entity is always given.
   */
  readState(
    user: string,
    prefix: number,
    changeIds: readonly string[],
    refs: readonly EntityRef[],
    entityBytesMax: number,
  ): Promise<{ marks: (Mark | null)[]; entities: EntityRead[] }>;
  /** Single log rows, in the order asked; `bytesMax` are stored bytes, and the first that is there is always given. */
  readRows(
    user: string,
    prefix: number,
    versions: readonly number[],
    bytesMax: number,
  ): Promise<RowRead[]>;
  /** Log rows in version order (or against it). */
  listRows(user: string, prefix: number, query: RowQuery): Promise<LogRow[]>;
  /** Entities by their latest version, rising; `after` exclusive, `upTo` inclusive. */
  listFeed(
    user: string,
    prefix: number,
    query: { after: number; upTo: number; limit: number },
  ): Promise<FeedEntry[]>;
  /**
   * Entities of one type above an id. A snapshot per batch only, but an entity never leaves its place: what
   * stood when the listing began is in it, at that state or a later one.
   */
  listEntities(
    user: string,
    prefix: number,
    query: EntityQuery,
  ): Promise<EntityList>;
  /** Writes as many steps from the front as one transaction holds, and the device with them. */
  commit(
    user: string,
    token: HeadToken,
    steps: readonly SettledStep[],
    device?: DeviceRow,
  ): Promise<CommitResult>;
  /**
   * Writes the head alone; `sweepPrefix` also notes a key space to be swept, and with it, if the user has ever
   * erased, the rows of the legacy system.
   */
  replaceHead(user: string, token: HeadToken, head: Head, sweepPrefix?: number): Promise<CommitResult>;
  /**
   * Writes the row while the head refers to its key space, else nothing: no sweep would find it behind an erase.
   * `token`, of a head that refers to it, saves a read; a head that has only moved on since does no harm.
   */
  writeDevice(user: string, device: DeviceRow, token?: HeadToken): Promise<void>;
  /** Devices of a key space, newest contact first, at most 1,000. */
  listDevices(user: string, prefix: number): Promise<DeviceRow[]>;
  /** Deletes log rows up to `floor`, at most `rowsMax`. */
  trimRows(user: string, prefix: number, floor: number, rowsMax: number): Promise<Swept>;
  /** Deletes keys of erased key spaces and legacy rows of who has erased, at most about `keysMax`. */
  sweepErased(keysMax: number): Promise<Swept>;
  /** Deletes what commits that never came left behind, at most about `keysMax`. */
  sweepOrphans(keysMax: number): Promise<Swept>;
  /**
   * Forgets devices that were not seen since `seenBeforeMs`, and of each user those beyond the 1,000 seen last. Looks
   * at about `rowsMax` rows and goes on where the last call stopped, from the beginning after the end.
   */
  sweepDevices(seenBeforeMs: number, rowsMax: number): Promise<Swept>;
  /** Users that have a head, above `after` in an order of the store's own, each once; at most `limit`. */
  listUsers(after: string | null, limit: number): Promise<string[]>;
  /** Marks of a key space, above `after` in an order of the store's own; at most `limit`. */
  listMarks(
    user: string,
    prefix: number,
    after: string | null,
    limit: number,
  ): Promise<{ changeId: string; mark: Mark }[]>;
  /**
   * Writes records into a key space that no head refers to yet. A later record of an entity replaces an earlier
   * one; may be done twice.
   */
  importRecords(user: string, prefix: number, records: readonly KeptRecord[]): Promise<void>;
  /** Notes a key space to be swept. */
  noteErased(user: string, prefix: number): Promise<void>;
  /** Where housekeeping goes on: the last user it has done; null to begin anew. */
  readMaintained(): Promise<string | null>;
  writeMaintained(after: string | null): Promise<void>;
  /** Resolves if the store answers. */
  ready(): Promise<void>;
}
