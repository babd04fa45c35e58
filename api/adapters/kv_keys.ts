/**
 * Where everything lies in Deno KV. Keys are arrays, so no id can reach out of its place, and everything of
 * one user is under keys that hold the user.
 *
 *     ["generation"] · ["flags"] · ["head", user]
 *     ["log", user, prefix, version]            audit row
 *     ["mark", user, prefix, changeId]          idempotency
 *     ["entity", user, prefix, type, id]        state
 *     ["feed", user, prefix, version]           entities by latest version
 *     ["part", user, prefix, version, nonce, i] pieces of a value too large for one key
 *     ["device", user, deviceId]                last contact; its value names the prefix
 *     ["sweep", user, prefix]                   an erased key space whose keys are not all gone yet
 *     ["ahead", user, prefix, version, nonce]   parts were written ahead of a commit that has not come yet
 *     ["maintained"]                            the last user that housekeeping has done
 *     ["maintained", "devices"]                 the last user whose devices it has looked at
 *     ["legacy", user, "state"]                 counts of the older system's rows, and how far they are migrated
 *     ["legacy", user, "row", type, id]         a row of the older system
 *     ["legacy", user, "row_part", type, id, hash, i] pieces of such a row; a backup meets them after their row
 *     ["legacy", user, "skipped", type, id]     why migration left a row out
 *     ["legacy", user, prefix, …]               V1's tokens and answers: `kv_v1_notes.ts`
 *     ["sweep", user, "legacy"]                 the user has erased: those four are to go
 *     ["flags", "override", user]               on or off for one user, whatever the percentage
 *     ["flags_audit", revision]                 a change of the flags: who, when, before, after
 *
 * A part carries a nonce besides the version: two writers that race for a version must never write the same
 * part key, or a late write of the loser would spoil the winner's value.
 */
import type { EntityRef } from "../ledger/records.ts";

/** Kinds of keys that belong to a key space (user and prefix). */
export const spaceKinds = ["log", "mark", "entity", "feed", "part", "legacy"] as const;

export const generationKey: Deno.KvKey = ["generation"];
export const flagsKey: Deno.KvKey = ["flags"];
export const headsKey: Deno.KvKey = ["head"];
export const sweepsKey: Deno.KvKey = ["sweep"];
export const aheadsKey: Deno.KvKey = ["ahead"];
export const maintainedKey: Deno.KvKey = ["maintained"];
export const maintainedDevicesKey: Deno.KvKey = ["maintained", "devices"];
export const devicesKey: Deno.KvKey = ["device"];

export function flagsOverrideKey(user: string): Deno.KvKey {
  return ["flags", "override", user];
}

export function flagsAuditKey(revision: number): Deno.KvKey {
  return ["flags_audit", revision];
}

export function headKey(user: string): Deno.KvKey {
  return ["head", user];
}

export const legacyKey: Deno.KvKey = ["legacy"];

/** Kinds of keys below `["legacy", user]` that an erase takes along, the state before them. */
export const legacyKinds = ["row", "row_part", "skipped"] as const;

export function legacyStateKey(user: string): Deno.KvKey {
  return ["legacy", user, "state"];
}

export function legacyRowsKey(user: string): Deno.KvKey {
  return ["legacy", user, "row"];
}

export function legacyRowKey(user: string, { entityType, entityId }: EntityRef): Deno.KvKey {
  return ["legacy", user, "row", entityType, entityId];
}

/** Keys of the parts of a row, in order; `hash` is of its content. */
export function legacyPartKeys(user: string, ref: EntityRef, hash: string, parts: number): Deno.KvKey[] {
  const { entityType, entityId } = ref;
  return Array.from({ length: parts }, (_, i) => ["legacy", user, "row_part", entityType, entityId, hash, i]);
}

export function legacySkipsKey(user: string): Deno.KvKey {
  return ["legacy", user, "skipped"];
}

export function legacySkipKey(user: string, { entityType, entityId }: EntityRef): Deno.KvKey {
  return ["legacy", user, "skipped", entityType, entityId];
}

/** Notes that a user who has erased may still have legacy keys. */
export function legacySweepKey(user: string): Deno.KvKey {
  return ["sweep", user, "legacy"];
}

export function logKey(user: string, prefix: number, version: number): Deno.KvKey {
  return ["log", user, prefix, version];
}

export function markKey(user: string, prefix: number, changeId: string): Deno.KvKey {
  return ["mark", user, prefix, changeId];
}

export function entityStateKey(user: string, prefix: number, ref: EntityRef): Deno.KvKey {
  return ["entity", user, prefix, ref.entityType, ref.entityId];
}

export function feedKey(user: string, prefix: number, version: number): Deno.KvKey {
  return ["feed", user, prefix, version];
}

export function partKey(user: string, prefix: number, version: number, nonce: string, i: number): Deno.KvKey {
  return ["part", user, prefix, version, nonce, i];
}

export function aheadKey(user: string, prefix: number, version: number, nonce: string): Deno.KvKey {
  return ["ahead", user, prefix, version, nonce];
}

export function deviceKey(user: string, deviceId: string): Deno.KvKey {
  return ["device", user, deviceId];
}

export function sweepKey(user: string, prefix: number): Deno.KvKey {
  return ["sweep", user, prefix];
}

/**
 * Upper bound of a key's encoded bytes: a tag and an end for every part, eight bytes for a number, UTF-8 for
 * text with one more for each NUL, which ids of the older system may hold.
 */
export function keyBytesMax(key: Deno.KvKey): number {
  let bytes = 0;
  for (const part of key) bytes += typeof part === "string" ? 2 + textBytes(part) : 10;
  return bytes;
}

function textBytes(text: string): number {
  return encoder.encode(text).byteLength + text.split("\0").length - 1;
}

const encoder = new TextEncoder();
