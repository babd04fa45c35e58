/**
 * A change: one small edit of one entity, the unit that is queued, pushed, settled and pulled.
 * Names and meanings are those of the wire contract (`POST /api/sync/v2`).
 */
import type { JsonObject } from "./json.ts";

export const changeTypes = ["CREATED", "UPDATED", "DELETED"] as const;
/** What a change does to its entity. */
export type ChangeType = (typeof changeTypes)[number];

/** The part of a change that says what to do: what an app hands to `queueChange`. */
export interface ChangeIntent {
  type: ChangeType;
  /** `^[a-z][a-z0-9_]{0,63}$`; an open set. */
  entityType: string;
  /** 1–128 units, opaque, made by the client and never changed by the server. */
  entityId: string;
  /** CREATED: the whole entity. UPDATED: only the fields that change; `null` is a value. DELETED: none. */
  data?: JsonObject;
  /** UPDATED only: top-level fields to remove. */
  unset?: string[];
}

/** A change as a client pushes it. */
export interface PushedChange extends ChangeIntent {
  /** UUID made on the client once per change: the key of idempotency, per user. */
  changeId: string;
  /** When it was made, ms since 1970, by the client's clock: for people, never for a decision. */
  timestamp: number;
  /** Failed attempts so far; diagnostics only. */
  retryCount?: number;
  /** The client's cursor when the edit was queued. Default: the request's `lastKnownServerVersion`. */
  baseVersion?: number;
}

/** What a pulled change overwrote; opens only on the device whose value lost. */
export interface PulledConflict {
  reason: ConflictReason;
  /** The values kept and lost; a side that was removed is left out, a deletion has no `kept`. */
  fields: { name: string; kept?: unknown; lost?: unknown }[];
  /** Device of the newest lost write; absent if that write named no device. */
  lostDeviceId?: string;
}

/** An effect of the log as a client pulls it. */
export interface PulledChange extends ChangeIntent {
  changeId: string;
  timestamp: number;
  /** Version in the user's log: 1, 2, 3, … without gaps. */
  version: number;
  /** Device that made it, if it named itself. */
  deviceId?: string;
  /** Server time, ISO 8601. */
  createdAt: string;
  conflict?: PulledConflict;
}

export const conflictReasons = [
  "same_field",
  "deleted_on_server",
  "updated_on_server",
  "already_exists",
] as const;
/** Why a change met an unseen write. */
export type ConflictReason = (typeof conflictReasons)[number];

export const verdictStatuses = ["applied", "merged", "conflict", "duplicate", "rejected", "retry"] as const;
/** What the server decided about one pushed change. */
export type VerdictStatus = (typeof verdictStatuses)[number];
/** Statuses that take a change out of the queue for good. */
export type SettledStatus = "applied" | "merged" | "conflict" | "duplicate";

export const rejectionCodes = [
  "invalid_change",
  "invalid_id",
  "too_large",
  "too_deep",
  "forbidden_key",
  "number_out_of_range",
  "change_id_reused",
  "unknown_entity",
  "dependency_rejected",
  "invalid_data",
  "quota_exceeded",
] as const;
/** Why a change was rejected. */
export type RejectionCode = (typeof rejectionCodes)[number];

/** One verdict per pushed change, in the order of the request. */
export interface Verdict {
  /** As it was sent; null if it was not a string of at most 64 units. */
  changeId: string | null;
  status: VerdictStatus;
  /** Version in the log, or of the state that a duplicate met. */
  version?: number;
  /** `duplicate` only: the first status of this changeId. */
  original?: SettledStatus;
  /** `rejected` only. */
  code?: RejectionCode;
  /** `rejected` only: a sentence fit for a person. */
  reason?: string;
}

/** Whether a verdict settles its change: it is in the log or marked, and must not be sent again. */
export function isSettled(status: VerdictStatus): status is SettledStatus {
  return status !== "rejected" && status !== "retry";
}

/** What a pushed change ran into, told to its author. */
export interface Conflict {
  changeId: string;
  reason: ConflictReason;
  entityType: string;
  entityId: string;
  /** Version of the pushed change itself. */
  version: number;
  /** Whose values stand. */
  winner: "yours" | "theirs";
  /** Both sides, field by field; a side that was removed is left out of its entry. */
  fields?: { name: string; yours?: unknown; theirs?: unknown }[];
  /** The newest change on the other side; `data` is what a person needs to put a lost value back. */
  theirs?: { changeId: string; deviceId?: string; version: number; createdAt: string; data?: JsonObject };
  /** `fields` and `theirs.data` did not fit; `/history` has them. */
  truncated?: true;
}
