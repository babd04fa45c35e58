/**
 * Deletion of what nothing refers to any more: erased key spaces, trimmed log rows, parts whose commit never
 * came. All of it can be interrupted at any point and run again.
 */
import type { Swept } from "../ledger/ledger_store.ts";
import { emptyHead } from "../ledger/records.ts";
import { aheadsKey, headKey, legacyKinds, legacyStateKey, logKey, spaceKinds, sweepsKey } from "./kv_keys.ts";
import { cutWrites, type KvWrite, partKeys } from "./kv_commit_plan.ts";
import { decodeDevice, decodeHead, readManifest } from "./kv_values.ts";

/** Far above what a value of the contract's sizes needs. */
const partsPerValueMax = 1000;

/** Deletes keys in transactions that fit. */
export async function deleteKeys(kv: Deno.Kv, keys: readonly Deno.KvKey[]): Promise<void> {
  for (const cut of cutWrites(keys.map((key): KvWrite => ({ key })))) {
    const atomic = kv.atomic();
    for (const { key } of cut) atomic.delete(key);
    await atomic.commit();
  }
}

/**
 * Deletes what was written ahead of a commit that came back as failed. A remote database's client sends a commit
 * again whose answer was lost: if the first one stood, the second fails its check. The notes, which a commit takes
 * along all at once, tell whether it did; without them the parts are in use, or are swept already.
 */
export async function takeBack(kv: Deno.Kv, ahead: readonly KvWrite[]): Promise<void> {
  const keys = ahead.map(({ key }) => key);
  const isNote = (key: Deno.KvKey) => key[0] === aheadsKey[0];
  const notes = keys.filter(isNote);
  if (!notes[0] || (await kv.get(notes[0])).versionstamp === null) return;
  // The notes last, so that an interruption leaves the rest to the sweeper.
  await deleteKeys(kv, [...keys.filter((key) => !isNote(key)), ...notes]);
}

/** Deletes keys of erased spaces, at most about `keysMax`. */
export async function sweepErased(kv: Deno.Kv, keysMax: number): Promise<Swept> {
  let deleted = 0;
  for await (const { key } of kv.list({ prefix: sweepsKey }, { batchSize: 100 })) {
    const [, user, prefix] = key as [string, string, number | "legacy"];
    if (prefix === "legacy") {
      deleted += await sweepLegacy(kv, user, keysMax - deleted);
      if (deleted >= keysMax) return { deleted, more: true };
      await kv.delete(key);
      continue;
    }
    if (await isInUse(kv, user, prefix)) {
      await kv.delete(key);
      continue;
    }
    for (const kind of spaceKinds) {
      if (deleted >= keysMax) return { deleted, more: true };
      const keys = await keysBelow(kv, [kind, user, prefix], keysMax - deleted);
      await deleteKeys(kv, keys);
      deleted += keys.length;
    }
    if (deleted >= keysMax) return { deleted, more: true };
    const devices = await devicesOf(kv, user, prefix);
    await deleteKeys(kv, [...devices, key]);
    deleted += devices.length;
  }
  return { deleted, more: false };
}

/** Deletes what is left of the legacy rows of a user who has erased; resolves to the keys deleted. */
async function sweepLegacy(kv: Deno.Kv, user: string, keysMax: number): Promise<number> {
  const { value } = await kv.get<Uint8Array>(headKey(user));
  if (value === null || !decodeHead(value).lastErasedEpoch) return 0;
  // First: a migration that is under way checks it with all it notes, and notes nothing behind this sweep.
  await kv.delete(legacyStateKey(user));
  let deleted = 0;
  for (const kind of legacyKinds) {
    if (deleted >= keysMax) break;
    const keys = await keysBelow(kv, ["legacy", user, kind], keysMax - deleted);
    await deleteKeys(kv, keys);
    deleted += keys.length;
  }
  return deleted;
}

/** A note of the space that the head refers to would be a mistake, and must not cost anybody's data. */
async function isInUse(kv: Deno.Kv, user: string, prefix: number): Promise<boolean> {
  const { value } = await kv.get<Uint8Array>(headKey(user));
  return value !== null && decodeHead(value).prefix === prefix;
}

async function keysBelow(kv: Deno.Kv, prefix: Deno.KvKey, limit: number): Promise<Deno.KvKey[]> {
  const keys: Deno.KvKey[] = [];
  for await (const { key } of kv.list({ prefix }, { limit, batchSize: Math.min(limit, 500) })) keys.push(key);
  return keys;
}

async function devicesOf(kv: Deno.Kv, user: string, prefix: number): Promise<Deno.KvKey[]> {
  const keys: Deno.KvKey[] = [];
  for await (const { key, value } of kv.list<Uint8Array>({ prefix: ["device", user] }, { batchSize: 500 })) {
    if (decodeDevice(value).prefix === prefix) keys.push(key);
  }
  return keys;
}

/** Deletes log rows up to `floor` with their parts, at most `rowsMax`. */
export async function trimRows(
  kv: Deno.Kv,
  user: string,
  prefix: number,
  floor: number,
  rowsMax: number,
): Promise<Swept> {
  const range = { start: logKey(user, prefix, 0), end: logKey(user, prefix, floor + 1) };
  const keys: Deno.KvKey[] = [];
  let rows = 0;
  for await (const { key, value } of kv.list<Uint8Array>(range, { limit: rowsMax + 1, batchSize: 500 })) {
    if (++rows > rowsMax) break;
    const manifest = readManifest(value);
    // Parts first: a row without its parts is still found by the next run, parts without a row are not.
    if (manifest) keys.push(...partKeys(user, prefix, manifest));
    keys.push(key);
  }
  await deleteKeys(kv, keys);
  return { deleted: Math.min(rows, rowsMax), more: rows > rowsMax };
}

/**
 * Deletes parts whose commit never came. Safe beside writers: a commit deletes the note of its parts, so while
 * a note is there at or below the head (both read at once) its commit has failed or will fail the check of the
 * head. A note above the head may still get its commit and is left alone.
 */
export async function sweepOrphans(kv: Deno.Kv, keysMax: number): Promise<Swept> {
  let deleted = 0;
  for await (const { key } of kv.list({ prefix: aheadsKey }, { batchSize: 100 })) {
    if (deleted >= keysMax) return { deleted, more: true };
    const [, user, prefix, version, nonce] = key as [string, string, number, number, string];
    const [note, head] = await kv.getMany<[Uint8Array, Uint8Array]>([key, headKey(user)]);
    if (note.value === null) continue;
    const now = head.value ? decodeHead(head.value) : emptyHead;
    if (prefix === now.prefix && version > now.version) continue;
    const parts = await keysBelow(kv, ["part", user, prefix, version, nonce], partsPerValueMax);
    // The note last: an interrupted sweep finds it again.
    await deleteKeys(kv, [...parts, key]);
    deleted += parts.length + 1;
  }
  return { deleted, more: false };
}
