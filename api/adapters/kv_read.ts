/** Reads of Deno KV in as few sequential steps as it allows: tens in parallel, parts in one more round. */
import type { EntityList, EntityQuery, EntityRead, RowQuery, RowRead } from "../ledger/ledger_store.ts";
import type { EntityRef, EntityState, FeedEntry, LogRow, Mark } from "../ledger/records.ts";
import { fitting } from "./fitting.ts";
import { entityStateKey, feedKey, headKey, headsKey, logKey, markKey } from "./kv_keys.ts";
import { partKeys } from "./kv_commit_plan.ts";
import { kvLimits } from "./kv_limits.ts";
import {
  decodeEntity,
  decodeFeed,
  decodeMark,
  decodeRow,
  joinParts,
  type Manifest,
  readManifest,
} from "./kv_values.ts";

/** The key space that is read. */
export interface Space {
  kv: Deno.Kv;
  user: string;
  prefix: number;
}

/** All values of `keys`, in order; null where there is none. One step. */
export async function getAll(kv: Deno.Kv, keys: readonly Deno.KvKey[]): Promise<(Uint8Array | null)[]> {
  const tens: Deno.KvKey[][] = [];
  for (let at = 0; at < keys.length; at += kvLimits.keysPerGetMax) {
    tens.push(keys.slice(at, at + kvLimits.keysPerGetMax));
  }
  const entries = await Promise.all(tens.map((ten) => kv.getMany<Uint8Array[]>(ten)));
  return entries.flat().map(({ value }) => value);
}

/** Marks and entities; `keep` is told where each state's parts are. */
export async function readState(
  space: Space,
  changeIds: readonly string[],
  refs: readonly EntityRef[],
  entityBytesMax: number,
  keep: (state: EntityState, manifest: Manifest | null) => void,
): Promise<{ marks: (Mark | null)[]; entities: EntityRead[] }> {
  const { kv, user, prefix } = space;
  const keys = [
    ...changeIds.map((id) => markKey(user, prefix, id)),
    ...refs.map((ref) => entityStateKey(user, prefix, ref)),
  ];
  const values = await getAll(kv, keys);
  const marks = values.slice(0, changeIds.length).map((value) => value ? decodeMark(value) : null);
  const roots = values.slice(changeIds.length);
  const wholes = await readUpTo(space, roots, entityBytesMax);
  const entities = wholes.map((whole, i): EntityRead => {
    if (whole === null || whole === "too_much") return whole;
    const state = decodeEntity(whole);
    keep(state, readManifest(roots[i]!));
    return state;
  });
  return { marks, entities };
}

/** Log rows by version; null where trimmed. */
export async function readRows(
  space: Space,
  versions: readonly number[],
  bytesMax: number,
): Promise<RowRead[]> {
  const roots = await getAll(space.kv, versions.map((version) => logKey(space.user, space.prefix, version)));
  const wholes = await readUpTo(space, roots, bytesMax);
  return wholes.map((whole) => whole === null || whole === "too_much" ? whole : decodeRow(whole));
}

/** A page of log rows. */
export async function listRows(space: Space, query: RowQuery): Promise<LogRow[]> {
  const { user, prefix } = space;
  const roots: Uint8Array[] = [];
  let bytes = 0;
  const entries = space.kv.list<Uint8Array>({
    start: logKey(user, prefix, query.after + 1),
    end: logKey(user, prefix, query.upTo + 1),
  }, { limit: query.limit, batchSize: Math.min(query.limit, 500), reverse: query.newestFirst ?? false });
  for await (const { value } of entries) {
    const weight = readManifest(value)?.bytes ?? value.byteLength;
    if (roots.length > 0 && bytes + weight > query.bytesMax) break;
    roots.push(value);
    bytes += weight;
  }
  const wholes = await readWholes(space, roots);
  return wholes.flatMap((whole) => whole ? [decodeRow(whole)] : []);
}

/** A page of the feed. */
export async function listFeed(
  { kv, user, prefix }: Space,
  query: { after: number; upTo: number; limit: number },
): Promise<FeedEntry[]> {
  const feed: FeedEntry[] = [];
  const entries = kv.list<Uint8Array>({
    start: feedKey(user, prefix, query.after + 1),
    end: feedKey(user, prefix, query.upTo + 1),
  }, { limit: query.limit, batchSize: Math.min(query.limit, 1000) });
  for await (const { key, value } of entries) feed.push(decodeFeed(key.at(-1) as number, value));
  return feed;
}

/** A page of the entities of one type; `keep` is told where each state's parts are. */
export async function listEntities(
  space: Space,
  query: EntityQuery,
  keep: (state: EntityState, manifest: Manifest | null) => void,
): Promise<EntityList> {
  const { user, prefix } = space;
  const { entityType, after, limit, bytesMax } = query;
  const below: Deno.KvKey = ["entity", user, prefix, entityType];
  const selector = after === null
    ? { prefix: below }
    : { prefix: below, start: [...below, justAbove(after)] };
  const found: { id: string; root: Uint8Array }[] = [];
  let bytes = 0;
  let next: string | null = null;
  const options = { limit, batchSize: Math.min(limit, 1000) };
  for await (const { key, value } of space.kv.list<Uint8Array>(selector, options)) {
    bytes += readManifest(value)?.bytes ?? value.byteLength;
    if (found.length > 0 && bytes > bytesMax) {
      next = found.at(-1)!.id;
      break;
    }
    found.push({ id: key.at(-1) as string, root: value });
  }
  if (found.length === limit) next = found.at(-1)!.id;
  const wholes = await readWholes(space, found.map(({ root }) => root));
  const list: EntityList = { entities: [], torn: [], next };
  for (const [i, { id, root }] of found.entries()) {
    const whole = wholes[i];
    if (!whole) {
      list.torn.push({ entityType, entityId: id });
      continue;
    }
    const state = decodeEntity(whole);
    keep(state, readManifest(root));
    list.entities.push(state);
  }
  return list;
}

/** Users that have a head, in the order of their keys. */
export async function listUsers(kv: Deno.Kv, after: string | null, limit: number): Promise<string[]> {
  const users: string[] = [];
  const selector = after === null
    ? { prefix: headsKey }
    : { prefix: headsKey, start: headKey(justAbove(after)) };
  for await (const { key } of kv.list(selector, { limit, batchSize: Math.min(limit, 500) })) {
    users.push(key[1] as string);
  }
  return users;
}

/** Marks of a key space, in the order of their keys. */
export async function listMarks(
  { kv, user, prefix }: Space,
  after: string | null,
  limit: number,
): Promise<{ changeId: string; mark: Mark }[]> {
  const marks: { changeId: string; mark: Mark }[] = [];
  const space = ["mark", user, prefix];
  const selector = after === null
    ? { prefix: space }
    : { prefix: space, start: markKey(user, prefix, justAbove(after)) };
  for await (const { key, value } of kv.list(selector, { limit, batchSize: Math.min(limit, 500) })) {
    marks.push({ changeId: key.at(-1) as string, mark: decodeMark(value) });
  }
  return marks;
}

/** The next text in the order of keys; ids hold no NUL, so it is nobody's. */
function justAbove(text: string): string {
  return `${text}\0`;
}

/** Whole values from the front, as many as `bytesMax` holds; the first that is there always. */
async function readUpTo(
  space: Space,
  roots: readonly (Uint8Array | null)[],
  bytesMax: number,
): Promise<(Uint8Array | null | "too_much")[]> {
  const sizes = roots.map((root) => root && (readManifest(root)?.bytes ?? root.byteLength));
  const wanted = fitting(sizes, bytesMax);
  const wholes = await readWholes(space, roots.map((root, i) => wanted[i] ? root : null));
  return wholes.map((whole, i) => wanted[i] ? whole : "too_much");
}

/**
 * Values with their parts put in place. A value whose parts are gone was replaced between the two reads; it
 * counts as absent, and the caller's check of the head (or of the version it expected) tells.
 */
async function readWholes(
  { kv, user, prefix }: Space,
  roots: readonly (Uint8Array | null)[],
): Promise<(Uint8Array | null)[]> {
  const manifests = roots.map((root) => root ? readManifest(root) : null);
  const keys = manifests.flatMap((manifest) => manifest ? partKeys(user, prefix, manifest) : []);
  if (keys.length === 0) return [...roots];
  const parts = await getAll(kv, keys);
  let at = 0;
  return roots.map((root, i) => {
    const manifest = manifests[i];
    if (!manifest) return root;
    const own = parts.slice(at, at += manifest.parts);
    const whole = own.filter((part) => part !== null);
    return whole.length === manifest.parts ? joinParts(whole, manifest.bytes) : null;
  });
}
