/** No limit of Deno KV may reach a caller: everything the contract allows is settled, at each edge. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import { limits, type SyncResponse } from "../../../shared/mod.ts";
import {
  created,
  deleted,
  deviceA,
  deviceB,
  type LedgerWorld,
  ledgerWorld,
  type TestChange,
  updated,
  verdictsOf,
} from "./ledger_world.ts";

function onKv(name: string, test: (world: LedgerWorld, kv: Deno.Kv) => Promise<void>): void {
  Deno.test(name, async () => {
    const kv = await Deno.openKv(":memory:");
    try {
      await test(ledgerWorld(kvLedgerStore(kv)), kv);
    } finally {
      kv.close();
    }
  });
}

/** Sends what comes back as `retry` again, as a client would; the requests it took. */
async function drain(world: LedgerWorld, changes: TestChange[], deviceId: string): Promise<SyncResponse[]> {
  const responses: SyncResponse[] = [];
  let cursor = (await world.sync(0, [], { limit: 1 })).serverVersion;
  for (let rest = changes; rest.length > 0;) {
    const response = await world.sync(cursor, rest, { deviceId, limit: 1 });
    const retried = response.results.findIndex(({ status }) => status === "retry");
    assert(retried !== 0, "every request gets somewhere");
    responses.push(response);
    cursor = response.serverVersion;
    rest = retried === -1 ? [] : rest.slice(retried);
  }
  return responses;
}

async function wholeState(world: LedgerWorld): Promise<Map<string, unknown>> {
  const state = new Map<string, unknown>();
  for (let cursor = 0, more = true; more;) {
    const page = await world.sync(cursor, [], { limit: 1000, ...(cursor > 0 ? { snapshot: true } : {}) });
    assert(JSON.stringify(page.newChanges).length < 1200 * 1024);
    for (const { entityId, data } of page.newChanges) state.set(entityId, data);
    ({ latestServerVersion: cursor, hasMore: more } = page);
  }
  return state;
}

async function countKeys(kv: Deno.Kv, kind: string): Promise<number> {
  let keys = 0;
  for await (const _ of kv.list({ prefix: [kind] })) keys++;
  return keys;
}

const cjk = (i: number) => String(i).padEnd(128, "漢");

onKv("500 changes with 128-unit CJK ids", async (world) => {
  const ids = Array.from({ length: 500 }, (_, i) => cjk(i));
  const made = await drain(world, ids.map((id) => created(id, { n: id })), deviceA);
  const changed = await drain(world, ids.map((id) => updated(id, { n: 1 })), deviceA);
  assertEquals(
    [...made, ...changed].flatMap(({ results }) => results).filter(({ status }) => status === "applied")
      .length,
    1000,
  );
  assertEquals((await wholeState(world)).size, 500);
});

onKv("an entity of 256 KiB lives in parts, and leaves none behind", async (world, kv) => {
  const text = "漢".repeat((limits.entityBytesMax - 20) / 3);
  await drain(world, [created("a", { text })], deviceA);
  assertEquals((await wholeState(world)).get("a"), { text });
  const parts = await countKeys(kv, "part");
  assert(parts >= 10, `state and row of 256 KiB each: ${parts} parts`);
  await drain(world, [updated("a", { text: text.slice(3) }), updated("a", { small: 1 })], deviceA);
  assertEquals((await wholeState(world)).get("a"), { text: text.slice(3), small: 1 });
  await drain(world, [deleted("a")], deviceA);
  // What is left belongs to the audit rows of the CREATED and the large UPDATED.
  assertEquals(await countKeys(kv, "part"), parts);
  const history = await world.ledger.history("user-1", { limit: 10 });
  assertEquals(history.rows.map(({ data }) => data?.text), [undefined, undefined, text.slice(3), text]);
});

onKv("an entity of 1,000 fields with CJK names, set, removed and set again", async (world) => {
  const fields = (tag: string) =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${tag}${i}`.padEnd(80, "漢"), i]));
  const [one, two] = [fields("a"), fields("b")];
  const responses = await drain(world, [
    created("a", one),
    updated("a", {}, { unset: Object.keys(one) }),
    updated("a", two),
    updated("a", {}, { unset: Object.keys(two) }),
    updated("a", one),
  ], deviceA);
  const statuses = responses.flatMap(({ results }) => results.map(({ status }) => status));
  assertEquals(statuses.filter((status) => status !== "retry"), Array(5).fill("applied"));
  assertEquals((await wholeState(world)).get("a"), one);
});

onKv("a conflict that loses 256 KiB is told, stored and pulled", async (world) => {
  const lost = { text: "x".repeat(250 * 1024) };
  await drain(world, [created("a", { text: 0 }), updated("a", lost)], deviceA);
  const response = await world.sync(1, [updated("a", { text: "y".repeat(250 * 1024) })], {
    deviceId: deviceB,
  });
  assertEquals(response.conflicts?.[0]?.fields?.[0]?.theirs, lost.text);
  const pulled = await world.sync(2, [], { deviceId: deviceA });
  assertEquals(pulled.newChanges[0]?.conflict?.fields[0]?.lost, lost.text);
});

onKv("changes that touch more than 4 MiB are settled over several requests, in order", async (world) => {
  const text = "x".repeat(200 * 1024);
  await drain(world, Array.from({ length: 5 }, (_, i) => created(`e${i}`, { text })), deviceA);
  const edits = Array.from({ length: 100 }, (_, i) => updated(`e${i % 5}`, { n: i }));
  const responses = await drain(world, edits, deviceA);
  assert(responses.length > 1, "the budget ends a request");
  const state = await wholeState(world);
  assertEquals([0, 1, 2, 3, 4].map((i) => (state.get(`e${i}`) as { n: number }).n), [95, 96, 97, 98, 99]);
});

onKv("500 changes of one entity become one write of it per commit", async (world) => {
  const edits = Array.from({ length: 499 }, (_, i) => updated("a", { [`f${i % 100}`]: i }));
  const responses = await drain(world, [created("a", {}), ...edits], deviceA);
  assertEquals(responses.length, 1);
  const whole = await world.sync(0);
  assertEquals([whole.newChanges.length, whole.newChanges[0]?.version, whole.serverVersion], [1, 500, 500]);
});

onKv("500 changes that weigh 1 MiB together", async (world) => {
  const changes = Array.from({ length: 500 }, (_, i) => created(`e${i}`, { text: "x".repeat(2000) }));
  const responses = await drain(world, changes, deviceA);
  assertEquals(responses.length, 1);
  assertEquals((await wholeState(world)).size, 500);
});

onKv("an erase deletes every key of the user, and only that user's", async (world, kv) => {
  await drain(world, [created("a", { text: "x".repeat(200_000) }), created("b", {}), deleted("b")], deviceA);
  await world.ledger.exchange("user-2", {
    lastKnownServerVersion: 0,
    changes: [created("a", {})],
    deviceId: deviceB,
  });
  assertEquals(await world.ledger.erase("user-1"), { ok: true });
  const left: string[] = [];
  for await (const { key } of kv.list({ prefix: [] })) if (key[1] === "user-1") left.push(String(key[0]));
  assertEquals(left, ["head"]);
  assertEquals(await countKeys(kv, "log"), 1);
  assertEquals(await countKeys(kv, "sweep"), 0);
});

onKv("a sweep that was interrupted goes on where it stopped", async (world, kv) => {
  await drain(world, Array.from({ length: 50 }, (_, i) => created(`e${i}`, { i })), deviceA);
  const { head, token } = await world.store.readHead("user-1");
  await world.store.replaceHead(
    "user-1",
    token,
    { ...head!, version: 0, prefix: head!.prefix + 1 },
    head!.prefix,
  );
  let rounds = 1;
  while ((await world.store.sweepErased(20)).more) rounds++;
  assert(rounds > 5);
  for (const kind of ["log", "mark", "entity", "feed", "device", "sweep"]) {
    assertEquals(await countKeys(kv, kind), 0);
  }
});

onKv("parts of a commit that never came are swept, those in use stay", async (world, kv) => {
  await drain(world, [created("a", { text: "x".repeat(200_000) })], deviceA);
  const used = await countKeys(kv, "part");
  assertEquals(await countKeys(kv, "ahead"), 0, "a commit takes the note of its parts with it");
  for (const [prefix, version, nonce] of [[0, 1, "orphan"], [0, 2, "in-flight"], [7, 1, "other-space"]]) {
    await kv.set(["ahead", "user-1", prefix!, version!, nonce!], new Uint8Array([49]));
    await kv.set(["part", "user-1", prefix!, version!, nonce!, 0], new Uint8Array([1]));
  }
  assertEquals(await world.store.sweepOrphans(1), { deleted: 2, more: true });
  assertEquals(await world.store.sweepOrphans(100), { deleted: 2, more: false });
  assertEquals(await countKeys(kv, "part"), used + 1, "a part above the head may still get its commit");
  assertEquals(await countKeys(kv, "ahead"), 1);
  assertEquals((await wholeState(world)).size, 1);
});

onKv("a writer that lost its race takes its parts back", async (world, kv) => {
  const text = "x".repeat(200_000);
  const { store } = world;
  let rivals = 0;
  const racing: LedgerStore = {
    ...store,
    async commit(owner, token, steps, device) {
      const rival = await world.ledger.exchange(owner, {
        lastKnownServerVersion: 0,
        changes: [created(`b${rivals++}`, {})],
      });
      assert(rival.ok);
      return await store.commit(owner, token, steps, device);
    },
  };
  const loser = ledgerWorld(racing);
  const result = await loser.ledger.exchange("user-1", {
    lastKnownServerVersion: 0,
    changes: [created("a", { text })],
  });
  assertEquals(result.ok, false);
  assertEquals(await countKeys(kv, "part"), 0);
});

Deno.test("a large record whose commit is sent twice by the database's client keeps its parts", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    const remote = repeatingKv(kv);
    const world = ledgerWorld(kvLedgerStore(remote.kv));
    const text = "x".repeat(200 * 1024);
    const pushed = await world.sync(0, [created("a", { text })], { deviceId: deviceA });
    assertEquals([remote.repeated(), verdictsOf(pushed)], [1, ["duplicate@1<applied"]]);
    assert((await wholeState(world)).has("a"), "the record can be read");
    const edited = await world.sync(1, [updated("a", { small: 1 })], { deviceId: deviceA });
    assertEquals(verdictsOf(edited), ["applied@2"]);
    assertEquals((await wholeState(world)).get("a"), { text, small: 1 });
    const { rows } = await world.ledger.history("user-1", { limit: 10 });
    assertEquals(rows.map(({ data }) => data), [{ small: 1 }, { text }]);
    assertEquals(await countKeys(kv, "ahead"), 0);
  } finally {
    kv.close();
  }
});

/** The first commit of a head stands, but its answer is lost: KV Connect's client sends the same again. */
function repeatingKv(kv: Deno.Kv): { kv: Deno.Kv; repeated(): number } {
  let repeated = 0;
  const atomicOf = (): Deno.AtomicOperation => {
    const atomic = kv.atomic();
    const commit = atomic.commit.bind(atomic);
    const check = atomic.check.bind(atomic);
    let ofHead = false;
    atomic.check = (...checks) => {
      ofHead ||= checks.some(({ key }) => key[0] === "head");
      return check(...checks);
    };
    atomic.commit = async () => {
      const result = await commit();
      if (!ofHead || repeated > 0) return result;
      repeated++;
      return await commit();
    };
    return atomic;
  };
  const proxy = new Proxy(kv, {
    get(target, name) {
      if (name === "atomic") return atomicOf;
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { kv: proxy, repeated: () => repeated };
}

onKv("long user ids cost only more commits", async (world) => {
  const owner = "漢".repeat(128);
  const changes = Array.from({ length: 500 }, (_, i) => created(cjk(i), { i }));
  let rest = changes;
  for (let requests = 0; rest.length > 0; requests++) {
    assert(requests < 10);
    const answer = await world.ledger.exchange(owner, { lastKnownServerVersion: 0, changes: rest, limit: 1 });
    assert(answer.ok);
    rest = rest.filter((_, i) => answer.response.results[i]?.status === "retry");
  }
  assertEquals((await world.ledger.status(owner)).entityCount, 500);
});
