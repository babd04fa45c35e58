/**
 * The rows of the local database: one object store, keyed by arrays, one kind of row per first key part.
 *
 *     ["queue", seq]               a change without a verdict; seq rises in the order the edits were made
 *     ["quarantine", changeId]     a change that could not be saved, with its reason
 *     ["base", slot, type, id]     what the server said; one slot is shown, the other is pulled into on a restart
 *     ["acked", version, changeId] a settled change, kept for 30 days in case the server is restored
 *     ["conflict", id]             a conflict that waits for a person
 *     ["discard", changeId]        proof that a person gave a change up
 *     ["meta", name]               see {@linkcode MetaRows}
 *     ["journal", revision]        which keys a commit touched, so that other tabs can follow
 */
import type { Checksum, JsonObject, SettledStatus } from "../shared/mod.ts";
import type { ChangeRecord, FailureCode, OpenConflict } from "./sync_client_api.ts";
import type { StoreKey } from "./ports.ts";

/** A change without a verdict. */
export interface QueueRow {
  seq: number;
  change: ChangeRecord;
  /** It left, or may have left, this device: from then on it never changes. */
  sent: boolean;
  /** Version of the site's schema that `data` was written in. */
  schemaVersion: number;
  /** Times the server answered 500 to this change alone; from 5 on it counts as failed and is tried alone. */
  serverErrors?: number;
  /** Acknowledged before a restore of the server and offered again; already part of the base that is shown. */
  reoffered?: true;
  /** Acknowledged once, before a restore of the server: the person has seen it saved. */
  wasSettled?: true;
}

/** A change that could not be saved. */
export interface QuarantineRow {
  /** Its place in the queue. */
  seq: number;
  change: ChangeRecord;
  schemaVersion: number;
  sent: boolean;
  code: FailureCode;
  reason: string;
  dependsOn?: string;
  /** Wall ms. */
  failedAt: number;
}

/** An entity as the server said. */
export interface BaseRow {
  version: number;
  /** As the app sees it. */
  data: JsonObject;
  /** As the server said, where the site's schema migration made `data` something else. */
  raw?: JsonObject;
  /** Version of the site's schema that `data` was lifted to; missing: it is as the server said. */
  lifted?: number;
}

/** A settled change. */
export interface AckedRow {
  version: number;
  /** Its last place in the queue; missing in rows of older pages. */
  place?: number;
  change: ChangeRecord;
  status: SettledStatus;
  /** It changed its entity the way it was sent, so the view shows it until the cursor passes it. */
  effect: boolean;
  /** Server time in ms when it was settled: no client clock decides how long it is kept. */
  settledAtMs: number;
}

/** A conflict that waits for a person, with what is needed to see that something moved since. */
export interface ConflictRow extends OpenConflict {
  /** changeId of this device's side. */
  mineChangeId?: string;
}

/** A conflict as apps see it. */
export function toOpenConflict({ mineChangeId: _mineChangeId, ...open }: ConflictRow): OpenConflict {
  return open;
}

/** Proof that a person gave a change up. */
export interface DiscardRow {
  change: ChangeRecord;
  /** Wall ms. */
  discardedAt: number;
}

/** Where this device stands in the server's history. */
export interface SyncRow {
  /** `epoch` of the last answer applied; null before the first. */
  epoch: string | null;
  /** Everything up to it has been pulled into the slot that is being filled. */
  cursor: number;
  /** In the middle of a compacted pull. */
  snapshot: boolean;
  /** Counts restarts, so that an answer to a request from before a restart is known as such. */
  restarts: number;
  /** Slot of `base` that the view shows. */
  shownSlot: number;
  /** A restart fills the other slot while the app keeps the old view. */
  staging: boolean;
  /** What the shown base is folded up to; `baseVersion` of new edits. */
  viewCursor: number;
  /** Checksum of the slot that is being filled. */
  checksum: Checksum;
  /** The last complete pull found another checksum than the server's, although it had just started over. */
  checksumBroken: boolean;
  /** Server time in ms of the last restart for a checksum, or null. */
  checksumRestartMs: number | null;
  /** Newest server time seen, ms. */
  serverTimeMs: number;
  /** Wall ms of the last complete exchange; shown to people only. */
  lastSyncTime: number | null;
  /** The user's data were erased elsewhere: what is queued here waits until a person says so. */
  erasedHold: boolean;
}

/** Rows under `["meta", name]`. */
export interface MetaRows {
  /** Counts commits of all tabs. */
  revision: number;
  /** Highest `seq` given out. */
  queueSeq: number;
  sync: SyncRow;
  /** By entity type: version of the site's schema that the rows were last lifted to. */
  schema: Record<string, number>;
  /** The records of localStorage have been taken over. */
  migrated: boolean;
}

/** The state of a database that has never synced. */
export const initialSyncRow: SyncRow = {
  epoch: null,
  cursor: 0,
  snapshot: false,
  restarts: 0,
  shownSlot: 0,
  staging: false,
  viewCursor: 0,
  checksum: [0, 0],
  checksumBroken: false,
  checksumRestartMs: null,
  serverTimeMs: 0,
  lastSyncTime: null,
  erasedHold: false,
};

/** Keys of every kind of row. */
export const rowKey = {
  queue: (seq: number): StoreKey => ["queue", seq],
  quarantine: (changeId: string): StoreKey => ["quarantine", changeId],
  base: (slot: number, type: string, id: string): StoreKey => ["base", slot, type, id],
  acked: (version: number, changeId: string): StoreKey => ["acked", version, changeId],
  conflict: (id: string): StoreKey => ["conflict", id],
  discard: (changeId: string): StoreKey => ["discard", changeId],
  meta: (name: keyof MetaRows): StoreKey => ["meta", name],
  journal: (revision: number): StoreKey => ["journal", revision],
};

/** First key parts of all rows that belong to a user. */
export const rowKinds = Object.keys(rowKey);

/** One string per entity, for maps: neither part can contain a control character. */
export function entityKey(type: string, id: string): string {
  return `${type}\u0000${id}`;
}
