/**
 * Deletion of what nothing refers to any more: erased key spaces, trimmed log rows, parts whose commit never
 * came. All of it can be interrupted at any point and run again.
 */
import { entityStateKey, feedKey, headKey, logKey, spaceKinds, sweepsKey } from "./kv_keys.ts";
import { cutWrites, type KvWrite, partKeys } from "./kv_commit_plan.ts";
import { decodeDevice, decodeFeed, decodeHead, readManifest } from "./kv_values.ts";

/** Deletes keys in transactions that fit. */
export async function deleteKeys(kv: Deno.Kv, keys: readonly Deno.KvKey[]): Promise<void> {
  for (const cut of cutWrites(keys.map((key): KvWrite => ({ key })))) {
    const atomic = kv.atomic();
    for (const { key } of cut) atomic.delete(key);
    await atomic.commit();
  }
}

/** Deletes keys of erased spaces, at most `keysMax`; resolves to whether any are left. */
export async function sweepErased(kv: Deno.Kv, keysMax: number): Promise<boolean> {
  let room = keysMax;
  for await (const { key } of kv.list({ prefix: sweepsKey }, { batchSize: 100 })) {
    const [, user, prefix] = key as [string, string, number];
    for (const kind of spaceKinds) {
      const keys = await keysBelow(kv, [kind, user, prefix], room);
      await deleteKeys(kv, keys);
      room -= keys.length;
      if (room <= 0) return true;
    }
    const devices = await devicesOf(kv, user, prefix);
    await deleteKeys(kv, [...devices, key]);
    room -= devices.length;
    if (room <= 0) return true;
  }
  return false;
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

/** Deletes log rows up to `floor` with their parts, at most `rowsMax`; whether any are left. */
export async function trimRows(
  kv: Deno.Kv,
  user: string,
  prefix: number,
  floor: number,
  rowsMax: number,
): Promise<boolean> {
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
  return rows > rowsMax;
}

/**
 * Deletes parts that no row or state refers to. Safe beside writers: a part of a version above the head may
 * still get its commit and is left alone; one at or below the head was either referred to by then or never
 * will be, because its commit must fail the check of the head.
 */
export async function sweepOrphans(kv: Deno.Kv, user: string, keysMax: number): Promise<boolean> {
  const entry = await kv.get<Uint8Array>(headKey(user));
  const head = entry.value ? decodeHead(entry.value) : null;
  const referred = new Map<string, boolean>();
  const orphans: Deno.KvKey[] = [];
  for await (const { key } of kv.list({ prefix: ["part", user] }, { batchSize: 100 })) {
    const [, , prefix, version, nonce] = key as [string, string, number, number, string, number];
    if (head && prefix === head.prefix && version > head.version) continue;
    const id = `${prefix}/${version}/${nonce}`;
    const known = referred.get(id) ?? await isReferredTo(kv, user, prefix, version, nonce);
    referred.set(id, known);
    if (known && prefix === head?.prefix) continue;
    orphans.push(key);
    if (orphans.length >= keysMax) break;
  }
  await deleteKeys(kv, orphans);
  return orphans.length >= keysMax;
}

async function isReferredTo(
  kv: Deno.Kv,
  user: string,
  prefix: number,
  version: number,
  nonce: string,
): Promise<boolean> {
  const [row, feed] = await kv.getMany<[Uint8Array, Uint8Array]>([
    logKey(user, prefix, version),
    feedKey(user, prefix, version),
  ]);
  if (row.value && readManifest(row.value)?.nonce === nonce) return true;
  if (!feed.value) return false;
  const state = await kv.get<Uint8Array>(entityStateKey(user, prefix, decodeFeed(version, feed.value)));
  return state.value !== null && readManifest(state.value)?.nonce === nonce;
}
