/**
 * V1 and v2 clients of one user, side by side: random edits, a network that loses and doubles, requests that
 * meet. Every edit writes a value that nobody wrote before, so the log itself tells: a value that is written a
 * second time to a field was put back over something newer.
 *
 *     SEED=7 deno test -A tests/integration/legacy_mixed_test.ts     replays one scenario
 */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../api/adapters/memory_ledger_store.ts";
import { nodeSha256 } from "../../api/adapters/node_sha256.ts";
import { systemClock } from "../../api/adapters/system_clock.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import { createApp, plainAuthenticator, plainToken } from "../../api/mod.ts";
import type { ExportLine } from "../../api/ports.ts";
import { createSyncClient, fetchTransport, memoryStore, type SyncClient } from "../../client/mod.ts";
import { LegacyClient, type LegacyConflict, type LegacyRecord } from "../../scripts/legacy_client.ts";
import { legacyDeviceId } from "../../shared/legacy_device_id.ts";
import { type SeededRandom, seededRandom } from "../api/fuzz/seeded_random.ts";

const given = Deno.env.get("SEED");
const memorySeeds = given === undefined ? Array.from({ length: 40 }, (_, n) => n + 1) : [Number(given)];
const kvSeeds = given === undefined ? [101, 102, 103, 104] : [Number(given)];
const stepsPerScenario = 90;
const fields = ["a", "b", "c"];

for (const seed of memorySeeds) {
  Deno.test(`V1 and v2 clients side by side revert nothing and agree, seed ${seed} (memory)`, () =>
    replayable(seed, memoryLedgerStore({ stepsPerCommitMax: seed % 3 + 1 })));
}
for (const seed of kvSeeds) {
  Deno.test(`V1 and v2 clients side by side revert nothing and agree, seed ${seed} (Deno KV)`, async () => {
    const kv = await Deno.openKv(":memory:");
    try {
      await replayable(seed, kvLedgerStore(kv));
    } finally {
      kv.close();
    }
  });
}

async function replayable(seed: number, store: LedgerStore): Promise<void> {
  try {
    await scenario(seed, store);
  } catch (error) {
    console.error(`Replay: SEED=${seed} deno test -A tests/integration/legacy_mixed_test.ts`);
    throw error;
  }
}

/** A V1 client, and what its person did since they last saw everything. */
interface Old {
  client: LegacyClient;
  deviceId: string | undefined;
  /** Edits that no answered push has carried. */
  waiting: Edit[];
  /** Edits that were carried, and what their push did not take. */
  carried: { edit: Edit; conflicts: LegacyConflict[] }[];
}

/** `value` of a field, or a deletion. */
interface Edit {
  id: string;
  field?: string;
  value?: number;
}

interface World {
  random: SeededRandom;
  send(request: Request): Promise<Response>;
  /** Requests that will arrive once more. */
  late: (() => Promise<Response>)[];
  /** Share of requests that something happens to. */
  faults: number;
  olds: Old[];
  news: SyncClient[];
  ids: string[];
  nextValue(): number;
}

async function scenario(seed: number, store: LedgerStore): Promise<void> {
  const random = seededRandom(seed);
  let values = 0;
  const openLedger = () =>
    createLedger({
      store,
      clock: { nowMs: () => systemClock().nowMs(), sleep: () => Promise.resolve() },
      ids: systemIds(),
      random: { next: random.next },
      sha256Hex: nodeSha256,
    });
  const ledger = openLedger();
  // Two isolates: only the check of the head keeps their writers apart.
  const apps = [ledger, openLedger()].map((ledger) =>
    createApp({ ledger, authenticator: plainAuthenticator(), config: { rateLimitPerMinute: 1e9 } })
  );
  const world: World = {
    random,
    send: async (request) => await random.pick(apps).fetch(request),
    late: [],
    faults: random.next() * 0.5,
    olds: [],
    news: [],
    ids: [],
    nextValue: () => ++values,
  };
  // The last one does not name itself: what it wrote is not known as its own.
  for (const deviceId of ["dev_one", "dev_two", undefined]) world.olds.push(openOld(world, deviceId));
  for (let n = 0; n < 2; n++) world.news.push(openNew(world));
  try {
    for (let step = 0; step < stepsPerScenario; step++) {
      await act(world);
      if (random.chance(0.15)) await race(world);
    }
    await heal(world);
    const lines = await Array.fromAsync(ledger.export("ada"));
    checkLog(world, lines);
    checkViews(world, lines);
  } finally {
    for (const client of world.news) await client.close();
  }
}

function openOld(world: World, deviceId: string | undefined): Old {
  let nowMs = Date.UTC(2025, 0, 1);
  const client = new LegacyClient({
    endpoint: "http://sync.test/api/sync",
    getToken: () => plainToken("ada"),
    ...(deviceId === undefined ? {} : { deviceId }),
    fetch: (request) => faulty(world, request),
    // A value that nobody wrote before, here too.
    nowMs: () => nowMs += world.nextValue(),
    sleep: () => Promise.resolve(),
  });
  return { client, deviceId, waiting: [], carried: [] };
}

function openNew(world: World): SyncClient {
  return createSyncClient({
    endpoint: "http://sync.test/api/sync/v2",
    getToken: () => plainToken("ada"),
    autoSync: false,
    ports: {
      store: memoryStore(),
      transport: fetchTransport((url, init) => faulty(world, new Request(url, init))),
      // Each client is a device of its own.
      channel: { open: () => ({ post() {}, close() {} }) },
    },
  });
}

/** Everybody at once. */
async function race({ olds, news }: World): Promise<void> {
  await Promise.all([
    ...olds.map((old) => syncOld(old, "push")),
    ...news.map((client) => client.manualSync()),
  ]);
}

async function faulty(world: World, request: Request): Promise<Response> {
  const { random, send, late } = world;
  if (!random.chance(world.faults)) return await send(request);
  const fault = random.between(0, 3);
  if (fault === 0) throw new TypeError("lost on the way there");
  const again = request.clone();
  if (fault === 1) {
    await (await send(request)).body?.cancel();
    throw new TypeError("lost on the way back");
  }
  if (fault === 2) await (await send(request)).body?.cancel();
  else late.push(() => send(again.clone()));
  return await send(fault === 2 ? again : request);
}

async function act(world: World): Promise<void> {
  const { random, late, olds, news } = world;
  const roll = random.between(0, 99);
  if (roll < 35) editOld(world, random.pick(olds));
  else if (roll < 60) await editNew(world, random.pick(news));
  else if (roll < 75) await syncOld(random.pick(olds), random.chance(0.4) ? "push" : "sync");
  else if (roll < 92) await random.pick(news).manualSync();
  else if (late.length > 0) await (await late.shift()!()).body?.cancel();
}

function editOld(world: World, old: Old): void {
  const { random, nextValue } = world;
  const { client, waiting } = old;
  const roll = random.between(0, 9);
  const known = client.list("entries");
  if (known.length === 0 || roll < 2) {
    const id = `v1-${nextValue()}`;
    const record: LegacyRecord = { id };
    for (const field of fields) {
      record[field] = nextValue();
      waiting.push({ id, field, value: record[field] as number });
    }
    client.save("entries", record);
  } else if (roll === 2) {
    const { id } = random.pick(known);
    client.remove("entries", id);
    waiting.push({ id });
  } else {
    const { id } = random.pick(known);
    const field = random.pick(fields);
    const value = nextValue();
    client.save("entries", { id, [field]: value });
    waiting.push({ id, field, value });
  }
}

async function editNew(world: World, client: SyncClient): Promise<void> {
  const { random, nextValue } = world;
  const roll = random.between(0, 9);
  const known = client.list("logbook_entry");
  if (known.length === 0 || roll < 2) {
    const data = Object.fromEntries(fields.map((field) => [field, nextValue()]));
    await client.create("logbook_entry", { id: `v2-${nextValue()}`, ...data });
    return;
  }
  const id = String(random.pick([...known]).id);
  if (roll === 2) await client.remove("logbook_entry", id);
  else await client.update("logbook_entry", id, { [random.pick(fields)]: nextValue() });
}

async function syncOld(old: Old, what: "push" | "sync"): Promise<boolean> {
  const { client } = old;
  const carrying = [...old.waiting];
  try {
    if (client.dirty) {
      const { conflicts } = await client.push();
      // What an earlier try has left behind may be older than what waits by now.
      if (!client.dirty) {
        old.waiting = old.waiting.filter((edit) => !carrying.includes(edit));
        old.carried.push(...carrying.map((edit) => ({ edit, conflicts })));
      }
    }
    if (what === "sync") await client.pull();
    return true;
  } catch {
    return false;
  }
}

async function heal(world: World): Promise<void> {
  world.faults = 0;
  for (const send of world.late.splice(0)) await (await send()).body?.cancel();
  for (let round = 0; round < 3; round++) {
    for (const old of world.olds) {
      // Once for a push that was not answered, once for what was edited since.
      for (let turn = 0; turn < 2; turn++) assert(await syncOld(old, "sync"), "a V1 client syncs");
    }
    for (const client of world.news) {
      const result = await client.manualSync();
      assert(result.success, `a v2 client syncs: ${result.error?.message}`);
    }
  }
}

function checkLog(world: World, lines: ExportLine[]): void {
  const changes = lines.filter((line) => line.kind === "change");
  assert(changes.length > 10, "there is something to look at");
  const written = new Map<string, number>();
  const created = new Set<string>();
  for (const { entityId, effect, data = {}, version } of changes) {
    if (effect === "created") {
      assert(!created.has(entityId), `${entityId} was created twice`);
      created.add(entityId);
    }
    if (effect !== "created" && effect !== "updated") continue;
    for (const [field, value] of Object.entries(data)) {
      // These two are the same in the record's first write and in its first edit.
      if (field === "id" || field === "createdAt") continue;
      const name = `${entityId}.${field}=${value}`;
      assert(
        !written.has(name),
        `version ${version} takes ${name} back to what version ${written.get(name)} wrote`,
      );
      written.set(name, version);
    }
  }
  // What a person edited on V1 is in the log, or they were told of the record.
  const gone = new Set(changes.filter(({ type }) => type === "DELETED").map(({ entityId }) => entityId));
  for (const { deviceId, carried, waiting } of world.olds) {
    assertEquals(waiting, [], "every edit was carried by an answered push");
    for (const [i, { edit, conflicts }] of carried.entries()) {
      const { id, field, value } = edit;
      const told = conflicts.some(({ entityId }) => entityId === id);
      const replaced = carried.slice(i + 1).some(({ edit: later }) =>
        later.id === id && (later.field === field || !later.field)
      );
      // What was made and removed before any push never was anywhere else.
      const stands = field === undefined
        ? gone.has(id) || !created.has(id)
        : written.has(`${id}.${field}=${value}`);
      const what = `${JSON.stringify(edit)} of ${deviceId}`;
      assert(stands || told || replaced || gone.has(id), `${what} is neither in the log nor told`);
    }
  }
  const names = new Set(changes.map(({ deviceId }) => deviceId));
  assert(["dev_one", "dev_two"].some((name) => names.has(legacyDeviceId(name))), "V1 wrote something");
}

function checkViews(world: World, lines: ExportLine[]): void {
  const byId = (records: readonly Record<string, unknown>[]) =>
    records.map((record) => JSON.stringify(Object.entries(record).sort())).sort();
  const stands = byId(lines.flatMap((line) => line.kind === "entity" ? [line.data] : []));
  for (const { client } of world.olds) {
    assertEquals(byId(client.list("entries")), stands, "a V1 client's view");
  }
  for (const client of world.news) {
    assertEquals(byId(client.list("logbook_entry")), stands, "a v2 client's view");
  }
}
