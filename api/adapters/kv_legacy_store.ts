/**
 * Rows of the older system in Deno KV. A large row lies in parts whose keys carry the hash of its content, so that
 * writing it again writes the same keys.
 *
 * Invariants: every write of rows checks the head, so that none lands behind an erase, and goes together with
 * the state that says they are to be migrated; transactions are cut by counted bytes and mutations.
 */
import type { EntityRef } from "../ledger/records.ts";
import type { LegacyRow, LegacySkip, LegacyState, LegacyStore } from "../ledger/legacy_store.ts";
import { cutWrites, type KvWrite } from "./kv_commit_plan.ts";
import {
  legacyKey,
  legacyPartKeys,
  legacyRowKey,
  legacyRowsKey,
  legacySkipKey,
  legacySkipsKey,
  legacyStateKey,
} from "./kv_keys.ts";
import { putLegacyRows } from "./kv_legacy_put.ts";
import { whileLocked } from "./kv_lock.ts";
import { getAll } from "./kv_read.ts";
import { decodeJson, encodeJson, joinParts, type Manifest, readManifest } from "./kv_values.ts";

/** The legacy part of a store on an open database, which the caller closes. */
export function kvLegacyStore(kv: Deno.Kv): LegacyStore {
  return {
    putLegacyRows: (user, rows) => putLegacyRows(kv, user, rows),
    readLegacyState: (user) => whileLocked(() => readState(kv, user)),
    listLegacyRows: (user, query) => whileLocked(() => listRows(kv, user, query)),
    moveLegacyState: (user, token, move) => whileLocked(() => moveState(kv, user, token, move)),
    listLegacySkips: (user, after, limit) => whileLocked(() => listSkips(kv, user, after, limit)),
    listLegacyUsers: (after, limit) => whileLocked(() => listUsers(kv, after, limit)),
  };
}

async function readState(
  kv: Deno.Kv,
  user: string,
): Promise<{ state: LegacyState | null; token: string | null }> {
  const { value, versionstamp } = await kv.get<Uint8Array>(legacyStateKey(user));
  return { state: value ? decodeJson<LegacyState>(value) : null, token: versionstamp };
}

/**
 * A row without all of its parts comes with empty text, so that whoever migrates it names it. Parts that were
 * replaced between the two reads do the same, but the state has moved then and the page is read again.
 */
async function listRows(
  kv: Deno.Kv,
  user: string,
  { after, limit, bytesMax }: { after: EntityRef | null; limit: number; bytesMax: number },
): Promise<LegacyRow[]> {
  const roots: { key: Deno.KvKey; value: Uint8Array; manifest: Manifest | null }[] = [];
  let bytes = 0;
  const entries = kv.list<Uint8Array>(above(legacyRowsKey(user), after, (ref) => legacyRowKey(user, ref)), {
    limit,
    batchSize: Math.min(limit, 500),
  });
  for await (const { key, value } of entries) {
    const manifest = readManifest(value);
    bytes += manifest?.bytes ?? value.byteLength;
    if (roots.length > 0 && bytes > bytesMax) break;
    roots.push({ key, value, manifest });
  }
  const keys = roots.flatMap(({ key, manifest }) =>
    manifest ? legacyPartKeys(user, refOf(key), manifest.nonce, manifest.parts) : []
  );
  const parts = keys.length === 0 ? [] : await getAll(kv, keys);
  let at = 0;
  return roots.map(({ key, value, manifest }) => {
    if (!manifest) return decodeJson<LegacyRow>(value);
    const own = parts.slice(at, at += manifest.parts).filter((part) => part !== null);
    return own.length === manifest.parts
      ? decodeJson<LegacyRow>(joinParts(own, manifest.bytes))
      : { ...withoutText, ...refOf(key) };
  });
}

const withoutText: Omit<LegacyRow, "entityType" | "entityId"> = {
  data: "",
  version: null,
  createdAt: null,
  updatedAt: null,
  deletedAt: null,
  deviceId: null,
};

/** The range above `before`, up to `next.after`, gets `skipped` for what was noted there. */
async function moveState(
  kv: Deno.Kv,
  user: string,
  token: string,
  { before, next, skipped }: Parameters<LegacyStore["moveLegacyState"]>[2],
): Promise<boolean> {
  const writes = new Map<string, KvWrite>();
  const add = (write: KvWrite) => void writes.set(JSON.stringify(write.key), write);
  if (next.after) {
    const start = before ? legacySkipKey(user, justAbove(before)) : legacySkipsKey(user);
    const end = legacySkipKey(user, justAbove(next.after));
    for await (const { key } of kv.list({ start, end }, { batchSize: 500 })) add({ key });
  }
  for (const { reason, ...ref } of skipped) {
    add({ key: legacySkipKey(user, ref), value: encodeJson({ reason }) });
  }
  const key = legacyStateKey(user);
  // Notes first: whoever is interrupted here notes the same again. Checked, so that none is left by an erase.
  for (const cut of cutWrites([...writes.values()])) {
    const atomic = kv.atomic().check({ key, versionstamp: token });
    for (const { key, value } of cut) value ? atomic.set(key, value) : atomic.delete(key);
    if (!(await atomic.commit()).ok) return false;
  }
  const moved = await kv.atomic().check({ key, versionstamp: token }).set(key, encodeJson(next)).commit();
  return moved.ok;
}

async function listSkips(
  kv: Deno.Kv,
  user: string,
  after: EntityRef | null,
  limit: number,
): Promise<LegacySkip[]> {
  const skips: LegacySkip[] = [];
  const range = above(legacySkipsKey(user), after, (ref) => legacySkipKey(user, ref));
  for await (const { key, value } of kv.list<Uint8Array>(range, { limit, batchSize: Math.min(limit, 500) })) {
    skips.push({ ...refOf(key), ...decodeJson<{ reason: string }>(value) });
  }
  return skips;
}

/** Goes from user to user: other things may be kept under the same first part of a key. */
async function listUsers(kv: Deno.Kv, after: string | null, limit: number): Promise<string[]> {
  const users: string[] = [];
  for (let last = after; users.length < limit;) {
    const range = last === null
      ? { prefix: legacyKey }
      : { prefix: legacyKey, start: [...legacyKey, `${last}\0`] };
    const { value: next } = await kv.list(range, { limit: 1 }).next();
    if (!next) break;
    last = next.key[1] as string;
    if ((await kv.get(legacyStateKey(last))).value !== null) users.push(last);
  }
  return users;
}

/** Selects what is below `prefix` and above the key of `after`. */
function above(
  prefix: Deno.KvKey,
  after: EntityRef | null,
  keyOf: (ref: EntityRef) => Deno.KvKey,
): Deno.KvListSelector {
  return after ? { prefix, start: keyOf(justAbove(after)) } : { prefix };
}

/** The next place in the order of keys. */
function justAbove({ entityType, entityId }: EntityRef): EntityRef {
  return { entityType, entityId: `${entityId}\0` };
}

function refOf(key: Deno.KvKey): EntityRef {
  return { entityType: key[3] as string, entityId: key[4] as string };
}
