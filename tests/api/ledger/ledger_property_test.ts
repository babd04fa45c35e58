/** Any interleaving of any devices' pushes does to the ledger what it does to the reference model. */
import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import {
  addTerm,
  applyEffect,
  type Checksum,
  checksumTerm,
  emptyChecksum,
  formatChecksum,
  type JsonObject,
  type PulledChange,
  type SyncResponse,
} from "../../../shared/mod.ts";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { LedgerModel, type ModelChange } from "../../model/ledger_model.ts";
import { deviceA, deviceB, deviceC, freshChangeId, type LedgerWorld, ledgerWorld } from "./ledger_world.ts";

const devices = [deviceA, deviceB, deviceC];
const seed = Number(Deno.env.get("SEED") ?? 20261122);

const name = fc.constantFrom("f", "g", "toString");
const data = fc.dictionary(name, fc.constantFrom(0, 1, null, [1], { deep: 1 }), { maxKeys: 3 });
interface Draft {
  type: "CREATED" | "UPDATED" | "DELETED";
  entityId: string;
  data: JsonObject;
  unset: string[];
  /** How far behind the head the author was. */
  lag: number;
}
const draft: fc.Arbitrary<Draft> = fc.record({
  type: fc.constantFrom("CREATED", "UPDATED", "UPDATED", "UPDATED", "DELETED"),
  entityId: fc.constantFrom("a", "b"),
  data,
  unset: fc.uniqueArray(name, { maxLength: 2 }),
  lag: fc.nat(6),
});
/** A push, or (`replay`) an earlier push sent again. */
const turn = fc.record({
  device: fc.nat(2),
  drafts: fc.array(draft, { minLength: 1, maxLength: 5 }),
  replay: fc.boolean(),
  limit: fc.constantFrom(1, 2, 3, 1000),
});

function toChange(from: Draft, head: number): ModelChange {
  const { type, entityId, lag } = from;
  const baseVersion = Math.max(0, head - lag);
  const common = { changeId: freshChangeId(), type, entityId, baseVersion };
  if (type === "DELETED") return common;
  if (type === "CREATED") return { ...common, data: from.data };
  const unset = from.unset.filter((field) => !Object.hasOwn(from.data, field));
  const fields = Object.keys(from.data).length + unset.length > 0 ? from.data : { f: 2 };
  return { ...common, data: fields, ...(unset.length > 0 ? { unset } : {}) };
}

/** What a device knows: after every turn its state must be the model's. */
interface Follower {
  cursor: number;
  snapshot: boolean;
  base: Map<string, JsonObject>;
  /** The version of each entity's newest effect. */
  versions: Map<string, number>;
}

const newFollower = (): Follower => ({ cursor: 0, snapshot: false, base: new Map(), versions: new Map() });

/** Applies an answer as a client does: own applied and merged changes are left out of delta pages. */
function applyAnswer(follower: Follower, page: SyncResponse, pushed: readonly ModelChange[]): void {
  assert(page.latestServerVersion >= follower.cursor);
  const compacted = follower.cursor === 0 || follower.snapshot;
  const own = page.results.flatMap(({ status, version }, i): PulledChange[] => {
    const taken = !compacted && (status === "applied" || status === "merged");
    if (!taken || version! > page.latestServerVersion) return [];
    return [{ ...pushed[i]!, entityType: "goal", timestamp: 1, createdAt: "", version: version! }];
  });
  const changes = [...page.newChanges, ...own].sort((a, b) => a.version - b.version);
  assertEquals(new Set(changes.map(({ version }) => version)).size, changes.length, "nothing comes twice");
  for (const change of changes) foldChange(follower, change);
  follower.cursor = page.latestServerVersion;
  follower.snapshot = page.snapshot ?? false;
}

/** Pulls to the end; the last page. */
async function follow(world: LedgerWorld, follower: Follower, limit: number): Promise<SyncResponse> {
  for (let pages = 0; pages < 500; pages++) {
    const page = await world.sync(follower.cursor, [], { limit, ...snapshotOf(follower) });
    assert(page.newChanges.length <= limit);
    applyAnswer(follower, page, []);
    if (!page.hasMore) return page;
  }
  throw new Error("The pull does not end");
}

function snapshotOf({ snapshot }: Follower): { snapshot?: true } {
  return snapshot ? { snapshot } : {};
}

function foldChange({ base, versions }: Follower, change: PulledChange): void {
  versions.set(change.entityId, change.version);
  const after = applyEffect(base.get(change.entityId), change);
  if (after) base.set(change.entityId, after);
  else base.delete(change.entityId);
}

/** The contract's checksum, summed up from nothing. */
function checksumOf({ base, versions }: Follower): string {
  const terms = [...base].map(([id, data]) => checksumTerm("goal", id, versions.get(id)!, data));
  return formatChecksum(terms.reduce<Checksum>(addTerm, emptyChecksum));
}

const plain = (state: Map<string, JsonObject>) => Object.fromEntries(state);

async function holds(world: LedgerWorld, turns: (typeof turn extends fc.Arbitrary<infer T> ? T : never)[]) {
  const model = new LedgerModel();
  const followers = devices.map(newFollower);
  const sent: { device: number; changes: ModelChange[] }[] = [];
  for (const { device, drafts, replay, limit } of turns) {
    const head = model.rows.length;
    const earlier = replay ? sent.at(-1) : undefined;
    const push = earlier ?? { device, changes: drafts.map((one) => toChange(one, head)) };
    sent.push(push);
    const expected = model.push(devices[push.device]!, push.changes);
    const wire = push.changes.map((one) => ({ ...one, entityType: "goal", timestamp: 1 }));
    const follower = followers[push.device]!;
    const response = await world.sync(follower.cursor, wire, {
      deviceId: devices[push.device]!,
      limit,
      ...snapshotOf(follower),
    });
    const reasons = new Map((response.conflicts ?? []).map(({ changeId, reason }) => [changeId, reason]));
    assertEquals(
      response.results.map(({ changeId, status, version, original }) => ({
        status,
        ...(version === undefined ? {} : { version }),
        ...(original === undefined ? {} : { original }),
        ...(status === "conflict" ? { reason: reasons.get(changeId!) } : {}),
      })),
      expected as unknown[],
    );
    assertEquals(response.serverVersion, model.rows.length, "versions are gapless");
    applyAnswer(follower, response, push.changes);
    const page = await follow(world, follower, limit);
    assertEquals(plain(follower.base), plain(model.state()));
    const fresh = newFollower();
    const compacted = await follow(world, fresh, limit);
    assertEquals(plain(fresh.base), plain(model.state()), "a compacted pull is the full fold");
    assertEquals([compacted.checksum, page.checksum], [checksumOf(fresh), checksumOf(follower)]);
  }
}

Deno.test(`interleaved pushes give the model's verdicts and state (memory, seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(turn, { minLength: 1, maxLength: 12 }),
      (turns) => holds(ledgerWorld(memoryLedgerStore({ stepsPerCommitMax: 2 })), turns),
    ),
    { numRuns: 300, seed },
  );
});

Deno.test(`interleaved pushes give the model's verdicts and state (Deno KV, seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 8 }), async (turns) => {
      const kv = await Deno.openKv(":memory:");
      try {
        await holds(ledgerWorld(kvLedgerStore(kv)), turns);
      } finally {
        kv.close();
      }
    }),
    { numRuns: 25, seed },
  );
});
