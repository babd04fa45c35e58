/**
 * Writes rows of the older system into Deno KV, from one read of what is there to transactions that fit, each with
 * the state after it. Rows that are there already, equal, cost a read: an import that was interrupted is simply
 * run again.
 */
import type { EntityRef } from "../ledger/records.ts";
import {
  isLegacyUser,
  legacyLimits,
  type LegacyPut,
  type LegacyRow,
  legacyRowFault,
  type LegacySkip,
  type LegacyState,
  stateAfterPut,
  tooManyTypes,
} from "../ledger/legacy_store.ts";
import { cutWrites, type KvWrite } from "./kv_commit_plan.ts";
import { deleteKeys } from "./kv_sweep.ts";
import { headKey, legacyPartKeys, legacyRowKey, legacySkipKey, legacyStateKey } from "./kv_keys.ts";
import { whileLocked } from "./kv_lock.ts";
import { getAll } from "./kv_read.ts";
import {
  decodeHead,
  decodeJson,
  encodeJson,
  encodeManifest,
  inlineBytesMax,
  readManifest,
  splitBytes,
} from "./kv_values.ts";

/** Attempts against a user who writes, or another import. */
const attemptsMax = 50;

/** A row as it will be stored. */
interface EncodedRow {
  ref: EntityRef;
  root: Uint8Array<ArrayBuffer>;
  /** Pieces under keys of their own, written before it. */
  parts: KvWrite[];
}

/** What goes on over the attempts of one put. */
interface PutJob {
  user: string;
  encoded: Map<string, EncodedRow>;
  written: Set<EncodedRow>;
  refused: LegacySkip[];
}

/** See `LegacyStore.putLegacyRows`. */
export async function putLegacyRows(
  kv: Deno.Kv,
  user: string,
  rows: readonly LegacyRow[],
): Promise<LegacyPut> {
  if (rows.length > legacyLimits.rowsPerPutMax) {
    throw new RangeError(
      `Cannot put legacy rows: ${rows.length} at once, at most ${legacyLimits.rowsPerPutMax}`,
    );
  }
  if (!isLegacyUser(user)) return { ok: false, code: "invalid_user" };
  const job: PutJob = { user, encoded: new Map(), written: new Set(), refused: [] };
  for (const row of rows) {
    const { entityType, entityId } = row;
    const bytes = encodeJson(row);
    const reason = legacyRowFault(row, bytes.byteLength);
    if (reason) job.refused.push({ entityType, entityId, reason });
    else job.encoded.set(JSON.stringify([entityType, entityId]), await encodeRow(user, row, bytes));
  }
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const outcome = await whileLocked(() => putOnce(kv, job));
    if (outcome === "erased") return { ok: false, code: "erased" };
    if (outcome === "moved") continue;
    const { encoded, written, refused } = job;
    return { ok: true, written: written.size, unchanged: encoded.size - written.size, refused };
  }
  return { ok: false, code: "busy" };
}

async function encodeRow(
  user: string,
  { entityType, entityId }: LegacyRow,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<EncodedRow> {
  const ref = { entityType, entityId };
  if (bytes.byteLength <= inlineBytesMax) return { ref, root: bytes, parts: [] };
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const pieces = splitBytes(bytes);
  const keys = legacyPartKeys(user, ref, hash, pieces.length);
  return {
    ref,
    root: encodeManifest({ version: 0, nonce: hash, parts: pieces.length, bytes: bytes.byteLength }),
    parts: pieces.map((value, i) => ({ key: keys[i]!, value })),
  };
}

/** Writes what is not there yet; `moved` when somebody else wrote meanwhile. */
async function putOnce(kv: Deno.Kv, job: PutJob): Promise<"done" | "moved" | "erased"> {
  const { user, encoded, written } = job;
  const [head, standing] = await kv.getMany<[Uint8Array, Uint8Array]>([headKey(user), legacyStateKey(user)]);
  if (head.value && decodeHead(head.value).lastErasedEpoch) return "erased";
  const rows = [...encoded.values()];
  const roots = await getAll(kv, rows.map(({ ref }) => legacyRowKey(user, ref)));
  let state = standing.value ? decodeJson<LegacyState>(standing.value) : null;
  let stateStamp = standing.versionstamp;
  const commit = async (writes: readonly KvWrite[], next: LegacyState | null): Promise<boolean> => {
    const atomic = kv.atomic().check({ key: headKey(user), versionstamp: head.versionstamp });
    for (const { key, value } of writes) value ? atomic.set(key, value) : atomic.delete(key);
    if (next) {
      atomic.check({ key: legacyStateKey(user), versionstamp: stateStamp });
      atomic.set(legacyStateKey(user), encodeJson(next));
    }
    const result = await atomic.commit();
    if (result.ok && next) {
      state = next;
      stateStamp = result.versionstamp;
    }
    return result.ok;
  };

  const fresh = new Map<Deno.KvKey, { row: EncodedRow; old: Uint8Array | null }>();
  for (const [i, row] of rows.entries()) {
    const old = roots[i] ?? null;
    if (old && sameBytes(old, row.root)) continue;
    fresh.set(legacyRowKey(user, row.ref), { row, old });
  }
  for (const [key, refusal] of tooManyTypes(state, [...fresh].map(([key, { row }]) => [key, row.ref]))) {
    encoded.delete(JSON.stringify([refusal.entityType, refusal.entityId]));
    job.refused.push(refusal);
    fresh.delete(key);
  }
  const parts = [...fresh.values()].flatMap(({ row }) => row.parts);
  for (const cut of cutWrites(parts)) if (!await commit(cut, null)) return "moved";
  const writes = [...fresh].flatMap(([key, { row }]): KvWrite[] => [
    { key, value: row.root },
    { key: legacySkipKey(user, row.ref) },
  ]);
  for (const cut of cutWrites(writes)) {
    const own = cut.flatMap(({ key }) => fresh.get(key) ?? []);
    const added = own.filter(({ old }) => old === null).map(({ row }) => row.ref);
    if (!await commit(cut, stateAfterPut(state, added))) return "moved";
    for (const { row, old } of own) {
      written.add(row);
      const manifest = old && readManifest(old);
      // Nothing refers to them any more.
      if (manifest) await deleteKeys(kv, legacyPartKeys(user, row.ref, manifest.nonce, manifest.parts));
    }
  }
  return "done";
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}
