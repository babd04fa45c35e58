/**
 * What the ledger keeps of one user, as plain records. Rules are in `resolve.ts`; how the records lie in a
 * database is the adapters' affair.
 */
import type { ChangeType, Checksum, ConflictReason, JsonObject, SettledStatus } from "../../shared/mod.ts";

/** Who wrote last: the log version and the device, or null when the change named none. */
export type Stamp = readonly [version: number, deviceId: string | null];

/** An epoch as a pair; pairs are ordered by generation (a UUID v7, rising with time), then number. */
export interface Epoch {
  generation: string;
  number: number;
}

/** A user's serialisation point: every commit checks and rewrites it. */
export interface Head {
  /** Newest version of the log; versions are 1, 2, 3, … without gaps. */
  version: number;
  epochNumber: number;
  /** Newest epoch that an erase ended; every epoch up to it is told `erased`. */
  lastErasedEpoch: Epoch | null;
  /** Key space of the present data; an erase moves on to the next. */
  prefix: number;
  /** Log rows up to here may have been trimmed; a cursor below is served compacted. */
  floor: number;
  /** Sum over the live entities. */
  checksum: Checksum;
  /** Live entities. */
  entityCount: number;
}

/** The head of a user of whom nothing is known. */
export const emptyHead: Head = {
  version: 0,
  epochNumber: 1,
  lastErasedEpoch: null,
  prefix: 0,
  floor: 0,
  checksum: [0, 0],
  entityCount: 0,
};

/** Idempotency: what became of a changeId. Lives until an erase, is never trimmed. */
export interface Mark {
  /** Version of its log row, or of the state it met if it changed nothing. */
  version: number;
  status: SettledStatus;
  digest: string;
}

/** What happened to the entity, as the audit trail says it. */
export type EffectKind = "created" | "updated" | "deleted" | "none";

/** The other side of a conflict; `changeId` and `createdAt` are unknown when its row has been trimmed. */
export interface OtherSide {
  version: number;
  deviceId?: string;
  changeId?: string;
  createdAt?: string;
}

/** The part of a conflict that the row's own data does not say. */
export interface RowConflict {
  reason: ConflictReason;
  /** Fields in dispute; the pushed side of each is in the row's data. */
  fields: string[];
  /** The other side's values of those fields; `updated_on_server`: the whole entity as it was. */
  theirValues: JsonObject;
  /** The newest write on the other side. */
  theirs: OtherSide;
}

/** One row of the immutable audit log: the change as pushed, and what became of it. */
export interface LogRow {
  version: number;
  changeId: string;
  type: ChangeType;
  entityType: string;
  entityId: string;
  data?: JsonObject;
  /** Bytes of `data`; a page is weighed by it, without writing the JSON again. */
  dataBytes: number;
  unset?: string[];
  timestamp: number;
  retryCount: number;
  /** The base it was judged by. */
  baseVersion: number;
  deviceId?: string;
  /** Server time, ISO 8601. */
  createdAt: string;
  status: Exclude<SettledStatus, "duplicate">;
  effect: EffectKind;
  /** Fields that took effect, when not all did. */
  took?: string[];
  conflict?: RowConflict;
}

/** Names one entity. */
export interface EntityRef {
  entityType: string;
  entityId: string;
}

/** The row that an entity's present state comes from, for compacted pulls. */
export interface Origin {
  changeId: string;
  timestamp: number;
  deviceId?: string;
  createdAt: string;
}

/** An entity as it is now, or its tombstone. Never modified in place. */
export interface EntityState extends EntityRef {
  /** Version of the newest change that had an effect on it. */
  version: number;
  deleted: boolean;
  /** Empty when deleted. */
  data: JsonObject;
  /** Last write of each field, removed ones too. A Map: a field may be called `toString`. */
  fieldStamps: ReadonlyMap<string, Stamp>;
  /** One stamp for all removed fields beyond `removedFieldsMax`. */
  removedStamp: Stamp | null;
  /** Stays for ever, so that nothing made before it revives the entity. */
  lastDeletion: Stamp | null;
  /** What it adds to the user's checksum; zero when deleted. */
  checksumTerm: Checksum;
  origin: Origin;
  /** Bytes of `data`. */
  dataBytes: number;
}

/** Where an entity's latest state stands in version order. */
export interface FeedEntry extends EntityRef {
  version: number;
  deleted: boolean;
  dataBytes: number;
}

/** What a device last said; attribution and display only. */
export interface DeviceRow {
  deviceId: string;
  /** ms since 1970, server clock. */
  lastSeenMs: number;
  lastKnownServerVersion: number;
  /** Key space it belongs to: an erase forgets devices with everything else. */
  prefix: number;
}

/** Run-time switches of the whole store. */
export interface Flags {
  /** Counts their changes; absent before the first. */
  revision?: number;
  paused?: boolean;
  /** Share of users on v2, 0 to 100; absent: each server's setting counts. */
  percent?: number;
}

/** Everything that one settled change writes; becomes visible whole or not at all. */
export interface SettledStep {
  /** The head after this step. */
  head: Head;
  changeId: string;
  mark: Mark;
  /** Absent for a change that changes nothing. */
  row?: LogRow;
  /** Absent for a row without effect. `before` is the state that was read or settled just before. */
  entity?: { before: EntityState | null; after: EntityState };
}

/** Key of an entity in a Map: a type never holds a slash. */
export function entityKey(ref: EntityRef): string {
  return `${ref.entityType}/${ref.entityId}`;
}
