/**
 * Which of the settled steps go into the next transaction, and as what. Counts mutations, key bytes and value
 * bytes as KV does; several writes of one entity in one transaction become one.
 *
 * Invariant: at least one step always fits, whatever the contract allows in it: what is large lies in parts,
 * and the parts of a large value are written ahead.
 */
import type { KeptRecord } from "../ledger/ledger_store.ts";
import { entityKey, type EntityState, type Head, type SettledStep } from "../ledger/records.ts";
import {
  aheadKey,
  aheadsKey,
  entityStateKey,
  feedKey,
  headKey,
  keyBytesMax,
  logKey,
  markKey,
  partKey,
} from "./kv_keys.ts";
import { kvLimits } from "./kv_limits.ts";
import {
  encodeEntity,
  encodeFeed,
  encodeJson,
  encodeManifest,
  encodeMark,
  inlineBytesMax,
  type Manifest,
  splitBytes,
} from "./kv_values.ts";

/** A key to be set, or deleted when there is no value. */
export interface KvWrite {
  key: Deno.KvKey;
  value?: Uint8Array<ArrayBuffer>;
}

/** One transaction. */
export interface CommitPlan {
  /** Written ahead, under keys that nothing refers to yet. */
  ahead: KvWrite[];
  /** Written with the check of the head. */
  writes: KvWrite[];
  /** Steps it holds, from the front. */
  committed: number;
  /** Where the parts of the written states will be. */
  manifests: Map<EntityState, Manifest | null>;
}

/** Everything a plan is made from. */
export interface PlanInput {
  user: string;
  steps: readonly SettledStep[];
  /** Where the parts of a stored state are. */
  manifestOf(state: EntityState): Manifest | null;
  nonce(): string;
  /** Writes that go with the transaction whatever the steps. */
  extra: readonly KvWrite[];
}

/** Packs as many steps from the front as fit. */
export function planCommit(input: PlanInput): CommitPlan {
  const { user, steps, extra } = input;
  const prefix = steps[0]!.head.prefix;
  const fixed: KvWrite[] = [...extra, headWrite(user, steps[0]!.head)];
  // The head is also the key of the check; its value grows by digits only.
  let cost = addCosts(costOf(fixed), {
    mutations: 0,
    keyBytes: keyBytesMax(headKey(user)),
    totalBytes: 1024,
  });
  const writes: KvWrite[] = [];
  const ahead: KvWrite[] = [];
  const entities = new Map<string, EntityWrites>();
  let committed = 0;
  for (const step of steps) {
    const own = stepWrites(input, prefix, step);
    const replaced = step.entity ? entities.get(entityKey(step.entity.after)) : undefined;
    const entity = step.entity ? entityWrites(input, prefix, step.entity, replaced?.first) : undefined;
    let next = addCosts(cost, costOf(own.writes));
    if (replaced) next = subtractCosts(next, costOf(replaced.writes));
    if (entity) next = addCosts(next, costOf(entity.writes));
    if (committed > 0 && !fits(next)) break;
    if (!fits(next)) {
      throw new Error("A single change does not fit a transaction: the plan's limits are wrong");
    }
    cost = next;
    writes.push(...own.writes);
    ahead.push(...own.ahead);
    if (entity) entities.set(entityKey(step.entity!.after), entity);
    committed++;
  }
  const manifests = new Map<EntityState, Manifest | null>();
  for (const entity of entities.values()) {
    writes.push(...entity.writes);
    ahead.push(...entity.ahead);
    manifests.set(entity.after, entity.manifest);
  }
  // Also where marks alone are written and the head says what it said: whoever has read that there is no mark
  // is to fail its check.
  writes.push(headWrite(user, steps[committed - 1]!.head));
  return { ahead, writes: [...extra, ...writes], committed, manifests };
}

interface EntityWrites {
  /** The state before the first write in this transaction. */
  first: EntityState | null;
  after: EntityState;
  manifest: Manifest | null;
  writes: KvWrite[];
  ahead: KvWrite[];
}

function stepWrites(
  input: PlanInput,
  prefix: number,
  { changeId, mark, row }: SettledStep,
): { writes: KvWrite[]; ahead: KvWrite[] } {
  const { user } = input;
  const writes: KvWrite[] = [{ key: markKey(user, prefix, changeId), value: encodeMark(mark) }];
  if (!row) return { writes, ahead: [] };
  const value = placeValue(input, prefix, row.version, encodeJson(row));
  writes.push({ key: logKey(user, prefix, row.version), value: value.root }, ...value.parts);
  return { writes, ahead: value.ahead };
}

/** Writes of a record outside of any commit: into a key space that no head refers to yet. */
export function keptWrites(
  input: Pick<PlanInput, "user" | "nonce" | "manifestOf">,
  prefix: number,
  record: KeptRecord,
  replaced: EntityState | null,
): KvWrite[] {
  const { user } = input;
  if (record.kind === "mark") {
    return [{ key: markKey(user, prefix, record.changeId), value: encodeMark(record.mark) }];
  }
  const plan: PlanInput = { ...input, steps: [], extra: [] };
  if (record.kind === "row") {
    const value = placeValue(plan, prefix, record.row.version, encodeJson(record.row));
    const root = { key: logKey(user, prefix, record.row.version), value: value.root };
    return withoutNotes([...value.ahead, ...value.parts, root]);
  }
  const { writes, ahead } = entityWrites(plan, prefix, { before: replaced, after: record.entity }, undefined);
  return withoutNotes([...ahead, ...writes]);
}

/** No commit will come that takes a note of parts away. */
function withoutNotes(writes: readonly KvWrite[]): KvWrite[] {
  return writes.filter(({ key }) => key[0] !== aheadsKey[0]);
}

function entityWrites(
  input: PlanInput,
  prefix: number,
  { before, after }: { before: EntityState | null; after: EntityState },
  earlier: EntityState | null | undefined,
): EntityWrites {
  const { user } = input;
  const first = earlier === undefined ? before : earlier;
  const value = placeValue(input, prefix, after.version, encodeEntity(after));
  const writes: KvWrite[] = [
    { key: entityStateKey(user, prefix, after), value: value.root },
    { key: feedKey(user, prefix, after.version), value: encodeFeed(after) },
    ...value.parts,
  ];
  if (first) {
    writes.push({ key: feedKey(user, prefix, first.version) });
    const old = input.manifestOf(first);
    if (old) writes.push(...partKeys(user, prefix, old).map((key) => ({ key })));
  }
  return { first, after, manifest: value.manifest, writes, ahead: value.ahead };
}

interface PlacedValue {
  root: Uint8Array<ArrayBuffer>;
  manifest: Manifest | null;
  /** Parts that go with the commit. */
  parts: KvWrite[];
  /** Parts that are written before it. */
  ahead: KvWrite[];
}

function placeValue(
  { user, nonce }: PlanInput,
  prefix: number,
  version: number,
  bytes: Uint8Array<ArrayBuffer>,
): PlacedValue {
  if (bytes.byteLength <= inlineBytesMax) return { root: bytes, manifest: null, parts: [], ahead: [] };
  const pieces = splitBytes(bytes);
  const manifest: Manifest = { version, nonce: nonce(), parts: pieces.length, bytes: bytes.byteLength };
  const keys = partKeys(user, prefix, manifest);
  const writes = pieces.map((value, i): KvWrite => ({ key: keys[i]!, value }));
  const root = encodeManifest(manifest);
  if (bytes.byteLength <= kvLimits.partBytesInCommitMax) return { root, manifest, parts: writes, ahead: [] };
  // The note is there before the first part and goes with the commit: what still has one has no commit.
  const note = aheadKey(user, prefix, version, manifest.nonce);
  return {
    root,
    manifest,
    parts: [{ key: note }],
    ahead: [{ key: note, value: encodeJson(pieces.length) }, ...writes],
  };
}

/** Keys of a value's parts, in order. */
export function partKeys(user: string, prefix: number, manifest: Manifest): Deno.KvKey[] {
  const { version, nonce, parts } = manifest;
  return Array.from({ length: parts }, (_, i) => partKey(user, prefix, version, nonce, i));
}

function headWrite(user: string, head: Head): KvWrite {
  return { key: headKey(user), value: encodeJson(head) };
}

interface Cost {
  mutations: number;
  keyBytes: number;
  totalBytes: number;
}

function costOf(writes: readonly KvWrite[]): Cost {
  const cost: Cost = { mutations: writes.length, keyBytes: 0, totalBytes: 0 };
  for (const { key, value } of writes) {
    const keyBytes = keyBytesMax(key);
    cost.keyBytes += keyBytes;
    cost.totalBytes += keyBytes + (value?.byteLength ?? 0);
  }
  return cost;
}

function addCosts(a: Cost, b: Cost): Cost {
  return {
    mutations: a.mutations + b.mutations,
    keyBytes: a.keyBytes + b.keyBytes,
    totalBytes: a.totalBytes + b.totalBytes,
  };
}

function subtractCosts(a: Cost, b: Cost): Cost {
  return addCosts(a, { mutations: -b.mutations, keyBytes: -b.keyBytes, totalBytes: -b.totalBytes });
}

function fits({ mutations, keyBytes, totalBytes }: Cost): boolean {
  return mutations <= kvLimits.mutationsMax && keyBytes <= kvLimits.keyBytesMax &&
    totalBytes <= kvLimits.totalBytesMax;
}

/** Cuts writes that need no common fate into transactions that fit. */
export function cutWrites(writes: readonly KvWrite[]): KvWrite[][] {
  const cut: KvWrite[][] = [];
  let cost: Cost = { mutations: 0, keyBytes: 0, totalBytes: 0 };
  for (const write of writes) {
    const next = addCosts(cost, costOf([write]));
    const last = cut.at(-1);
    if (last && fits(next)) {
      last.push(write);
      cost = next;
    } else {
      cut.push([write]);
      cost = costOf([write]);
    }
  }
  return cut;
}
