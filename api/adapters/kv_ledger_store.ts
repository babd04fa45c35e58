/**
 * The ledger in Deno KV: a local file, `:memory:`, Deno Deploy's database or a `denokv` server.
 *
 * Invariants: every write of a user's history carries one check of the head's versionstamp and moves it; values
 * too large for one key lie in parts under keys that nothing refers to until the commit; transactions are cut
 * by counted bytes and mutations, so that no limit of KV reaches a caller.
 */
import type { CommitResult, LedgerStore } from "../ledger/ledger_store.ts";
import type { LegacyState } from "../ledger/legacy_store.ts";
import type { DeviceRow, EntityState } from "../ledger/records.ts";
import { writeBesideHead } from "./kv_beside_head.ts";
import { cutWrites, type KvWrite, planCommit } from "./kv_commit_plan.ts";
import {
  deviceKey,
  flagsKey,
  generationKey,
  headKey,
  legacyStateKey,
  legacySweepKey,
  maintainedKey,
  sweepKey,
} from "./kv_keys.ts";
import { listDevices, sweepDevices } from "./kv_devices.ts";
import { kvFlagStore } from "./kv_flag_store.ts";
import { kvLegacyStore } from "./kv_legacy_store.ts";
import { isLocked, whileLocked } from "./kv_lock.ts";
import { importRecords } from "./kv_import.ts";
import { listEntities, listFeed, listMarks, listRows, listUsers, readRows, readState } from "./kv_read.ts";
import { sweepErased, sweepOrphans, takeBack, trimRows } from "./kv_sweep.ts";
import { kvV1Notes } from "./kv_v1_notes.ts";
import { decodeDevice, decodeFlags, decodeHead, decodeJson, encodeJson, type Manifest } from "./kv_values.ts";

/** A store on an open database, which the caller closes. */
export function kvLedgerStore(kv: Deno.Kv): LedgerStore {
  // Where the parts of a state that was read or written are; a commit that replaces it deletes them.
  const manifests = new WeakMap<EntityState, { manifest: Manifest | null }>();
  const keep = (state: EntityState, manifest: Manifest | null) => void manifests.set(state, { manifest });
  const manifestOf = (state: EntityState) => {
    const kept = manifests.get(state);
    if (!kept) throw new Error("A state may only be replaced by the store that read it");
    return kept.manifest;
  };

  return {
    ...kvFlagStore(kv),
    ...kvLegacyStore(kv),
    ...kvV1Notes(kv),
    readHead: (user, deviceId) => whileLocked(() => readHead(kv, user, deviceId)),
    createGeneration: (candidate) => whileLocked(() => createGeneration(kv, candidate)),
    readState: (user, prefix, changeIds, refs, entityBytesMax) =>
      whileLocked(() => readState({ kv, user, prefix }, changeIds, refs, entityBytesMax, keep)),
    readRows: (user, prefix, versions, bytesMax) =>
      whileLocked(() => readRows({ kv, user, prefix }, versions, bytesMax)),
    listRows: (user, prefix, query) => whileLocked(() => listRows({ kv, user, prefix }, query)),
    listFeed: (user, prefix, query) => whileLocked(() => listFeed({ kv, user, prefix }, query)),
    listEntities: (user, prefix, query) => whileLocked(() => listEntities({ kv, user, prefix }, query, keep)),
    commit: (user, token, steps, device) =>
      orLocked(async () => {
        const extra = device ? [deviceWrite(user, device)] : [];
        const plan = planCommit({ user, steps, manifestOf, nonce: () => crypto.randomUUID(), extra });
        await writeAhead(kv, plan.ahead);
        const result = await writeChecked(kv, headKey(user), token, plan.writes);
        if (!result.ok) {
          // A crash before this line leaves orphans to the sweeper.
          await takeBack(kv, plan.ahead);
          return { ok: false, code: "head_moved" };
        }
        for (const [state, manifest] of plan.manifests) keep(state, manifest);
        return { ok: true, token: result.versionstamp, committed: plan.committed };
      }),
    replaceHead: (user, token, head, sweepPrefix) =>
      orLocked(async () => {
        const writes: KvWrite[] = [{ key: headKey(user), value: encodeJson(head) }];
        if (sweepPrefix !== undefined) {
          writes.push({ key: sweepKey(user, sweepPrefix), value: encodeJson(true) });
          if (head.lastErasedEpoch) writes.push({ key: legacySweepKey(user), value: encodeJson(true) });
        }
        const result = await writeChecked(kv, headKey(user), token, writes);
        return result.ok
          ? { ok: true, token: result.versionstamp, committed: 0 }
          : { ok: false, code: "head_moved" };
      }),
    writeDevice: (user, device, token) =>
      whileLocked(() =>
        writeBesideHead({ kv, user, prefix: device.prefix }, deviceWrite(user, device), token)
      ),
    listDevices: (user, prefix) => whileLocked(() => listDevices({ kv, user, prefix })),
    sweepDevices: (seenBeforeMs, rowsMax) => whileLocked(() => sweepDevices(kv, seenBeforeMs, rowsMax)),
    trimRows: (user, prefix, floor, rowsMax) => whileLocked(() => trimRows(kv, user, prefix, floor, rowsMax)),
    sweepErased: (keysMax) => whileLocked(() => sweepErased(kv, keysMax)),
    sweepOrphans: (keysMax) => whileLocked(() => sweepOrphans(kv, keysMax)),
    listUsers: (after, limit) => whileLocked(() => listUsers(kv, after, limit)),
    listMarks: (user, prefix, after, limit) =>
      whileLocked(() => listMarks({ kv, user, prefix }, after, limit)),
    importRecords: (user, prefix, records) => whileLocked(() => importRecords({ kv, user, prefix }, records)),
    async noteErased(user, prefix) {
      await whileLocked(() => kv.set(sweepKey(user, prefix), encodeJson(true)));
    },
    async readMaintained() {
      const { value } = await whileLocked(() => kv.get<Uint8Array>(maintainedKey));
      return value ? decodeJson<string>(value) : null;
    },
    async writeMaintained(after) {
      await whileLocked<unknown>(() =>
        after === null ? kv.delete(maintainedKey) : kv.set(maintainedKey, encodeJson(after))
      );
    },
    async ready() {
      await kv.get(generationKey);
    },
  };
}

async function readHead(kv: Deno.Kv, user: string, deviceId: string | undefined) {
  const keys = [generationKey, headKey(user), flagsKey, legacyStateKey(user)];
  if (deviceId !== undefined) keys.push(deviceKey(user, deviceId));
  const [generation, head, flags, legacy, device] = await kv.getMany<(Uint8Array | null)[]>(keys);
  const standing = head?.value ? decodeHead(head.value) : null;
  const rows = legacy?.value ? decodeJson<LegacyState>(legacy.value) : null;
  return {
    generation: generation?.value ? decodeJson<string>(generation.value) : null,
    head: standing,
    token: head?.versionstamp ?? null,
    flags: flags?.value ? decodeFlags(flags.value) : {},
    legacyPending: rows !== null && rows.left > 0 && !standing?.lastErasedEpoch,
    device: device?.value ? decodeDevice(device.value) : null,
  };
}

async function createGeneration(kv: Deno.Kv, candidate: string): Promise<string> {
  const created = await kv.atomic().check({ key: generationKey, versionstamp: null })
    .set(generationKey, encodeJson(candidate)).commit();
  if (created.ok) return candidate;
  const { value: standing } = await kv.get<Uint8Array>(generationKey);
  return decodeJson<string>(standing);
}

function deviceWrite(user: string, device: DeviceRow): Required<KvWrite> {
  return { key: deviceKey(user, device.deviceId), value: encodeJson(device) };
}

async function writeAhead(kv: Deno.Kv, writes: readonly KvWrite[]): Promise<void> {
  for (const cut of cutWrites(writes)) await addWrites(kv.atomic(), cut).commit();
}

function writeChecked(
  kv: Deno.Kv,
  key: Deno.KvKey,
  versionstamp: string | null,
  writes: readonly KvWrite[],
): Promise<Deno.KvCommitResult | Deno.KvCommitError> {
  return addWrites(kv.atomic().check({ key, versionstamp }), writes).commit();
}

function addWrites(atomic: Deno.AtomicOperation, writes: readonly KvWrite[]): Deno.AtomicOperation {
  for (const { key, value } of writes) value ? atomic.set(key, value) : atomic.delete(key);
  return atomic;
}

/** A commit is not repeated blindly: the caller reads the head again. */
async function orLocked(write: () => Promise<CommitResult>): Promise<CommitResult> {
  try {
    return await write();
  } catch (error) {
    if (isLocked(error)) return { ok: false, code: "locked" };
    throw error;
  }
}
