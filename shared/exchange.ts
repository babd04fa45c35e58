/**
 * One exchange: `POST /api/sync/v2` pushes and pulls in one request. This module has the two bodies and the
 * guard a client uses on an answer; `schema.ts` has the same in zod for the server and for documents.
 *
 * Invariant for clients: an answer that this guard does not accept is as good as no answer. Nothing of it
 * may be used, because an answer cut short or made by a captive portal must not take a change off the queue.
 */
import {
  type Conflict,
  type PulledChange,
  type PushedChange,
  type Verdict,
  verdictStatuses,
} from "./change.ts";
import { isCount } from "./check_change.ts";
import { isJsonObject } from "./json.ts";

/** Path of the exchange below the origin. */
export const syncPath = "/api/sync/v2";

/** What a client sends. */
export interface SyncRequest {
  /** The client's cursor; 0 on a new device. */
  lastKnownServerVersion: number;
  /** At most 500, in the order they were made on the device. */
  changes: PushedChange[];
  /** UUID of the device: attribution, device list, own-edit rule. */
  deviceId?: string;
  /** `epoch` of the last answer applied; without it the pull is compacted. */
  epoch?: string;
  /** The client is in the middle of a compacted pull. */
  snapshot?: true;
  /** Most `newChanges` wanted, 1 to 1000; default 500. */
  limit?: number;
}

/** Why a client must start over. */
export type ResetReason = "restored" | "erased";

/** What the server answers. */
export interface SyncResponse {
  /** Effects after the cursor, in version order; this request's applied and merged changes are left out. */
  newChanges: PulledChange[];
  /** The client's next cursor: everything up to it has been delivered. */
  latestServerVersion: number;
  /** Absent when there is none. */
  conflicts?: Conflict[];
  /** One per pushed change, same order. */
  results: Verdict[];
  /** Head of the user's log when the answer was made. */
  serverVersion: number;
  /** There is more behind `latestServerVersion`: ask again at once. */
  hasMore: boolean;
  /** This page is compacted and more follow. */
  snapshot?: true;
  /** Identity of this history. */
  epoch: string;
  /** The client's history is not the server's. */
  reset?: ResetReason;
  /** ISO 8601; for display only. */
  serverTime: string;
  /** 16 hex digits; only with `hasMore: false`. */
  checksum?: string;
}

/**
 * Reads an answer to a request that pushed `changeIds`. Returns null for anything but a complete, well-formed
 * answer: one verdict per change in order, versions rising, `retry` only as a suffix.
 */
export function readSyncResponse(value: unknown, changeIds: readonly string[]): SyncResponse | null {
  if (!isJsonObject(value)) return null;
  const { newChanges, results, conflicts, latestServerVersion, serverVersion } = value;
  const ok = isCount(latestServerVersion) && isCount(serverVersion) && latestServerVersion <= serverVersion &&
    typeof value.hasMore === "boolean" && typeof value.epoch === "string" &&
    typeof value.serverTime === "string" &&
    (value.snapshot === undefined || value.snapshot === true) &&
    (value.checksum === undefined || typeof value.checksum === "string") &&
    (value.reset === undefined || value.reset === "restored" || value.reset === "erased") &&
    Array.isArray(newChanges) && newChanges.every(isPulledChange) &&
    risesTo(newChanges, latestServerVersion) &&
    (conflicts === undefined || (Array.isArray(conflicts) && conflicts.every(isConflict))) &&
    Array.isArray(results) && answersAll(results, changeIds);
  return ok ? value as unknown as SyncResponse : null;
}

function isPulledChange(value: unknown): value is PulledChange {
  return isJsonObject(value) && typeof value.changeId === "string" && isCount(value.version) &&
    typeof value.entityType === "string" && typeof value.entityId === "string" &&
    (value.type === "DELETED" ||
      (value.type === "CREATED" && isJsonObject(value.data)) ||
      (value.type === "UPDATED" && (value.data === undefined || isJsonObject(value.data)) &&
        (value.unset === undefined || Array.isArray(value.unset)))) &&
    (value.conflict === undefined ||
      (isJsonObject(value.conflict) && isFieldList(value.conflict.fields)));
}

function isConflict(value: unknown): value is Conflict {
  return isJsonObject(value) && typeof value.changeId === "string" && typeof value.reason === "string" &&
    typeof value.entityType === "string" && typeof value.entityId === "string" && isCount(value.version) &&
    (value.winner === "yours" || value.winner === "theirs") &&
    (value.fields === undefined || isFieldList(value.fields)) &&
    (value.theirs === undefined || isJsonObject(value.theirs));
}

function isFieldList(value: unknown): value is { name: string }[] {
  return Array.isArray(value) &&
    value.every((field) => isJsonObject(field) && typeof field.name === "string");
}

function risesTo(changes: readonly PulledChange[], last: number): boolean {
  let previous = 0;
  for (const { version } of changes) {
    if (version <= previous) return false;
    previous = version;
  }
  return previous <= last;
}

function answersAll(results: readonly unknown[], changeIds: readonly string[]): results is Verdict[] {
  if (results.length !== changeIds.length) return false;
  let suffix = false;
  return results.every((verdict, i) => {
    if (!isJsonObject(verdict) || verdict.changeId !== changeIds[i]) return false;
    const { status } = verdict;
    if (!(verdictStatuses as readonly unknown[]).includes(status)) return false;
    if (suffix && status !== "retry") return false;
    if (status === "retry") suffix = true;
    if (status === "rejected") return typeof verdict.code === "string" && typeof verdict.reason === "string";
    return status === "retry" || isCount(verdict.version);
  });
}
