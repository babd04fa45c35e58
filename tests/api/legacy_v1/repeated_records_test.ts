/** A V1 push that names an entity again and again costs about what naming it once does. */
import { assert, assertEquals } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import { v1RunBounds } from "../../../api/ledger/v1_run.ts";
import { entry, v1World } from "./v1_world.ts";

/** A world whose store tells how many entities, and how many bytes of their data, were read. */
function watched(store: LedgerStore) {
  const read = { entities: 0, bytes: 0 };
  const world = v1World({
    ...store,
    async readState(...args) {
      const state = await store.readState(...args);
      for (const entity of state.entities) {
        if (entity === null || entity === "too_much") continue;
        read.entities++;
        read.bytes += entity.dataBytes;
      }
      return state;
    },
  });
  return { ...world, read };
}

async function onEveryStore(test: (store: LedgerStore) => Promise<void>): Promise<void> {
  await test(memoryLedgerStore());
  const kv = await Deno.openKv(":memory:");
  try {
    await test(kvLedgerStore(kv));
  } finally {
    kv.close();
  }
}

const large = { notes: "x".repeat(250_000) };

Deno.test("an entity that is named 300 times is read once, and every record has its outcome", () =>
  onEveryStore(async (store) => {
    const { push, sync, read } = watched(store);
    await push({ entries: [entry("e", large)] });
    await sync([{ entityId: "e", data: { duration: 31 } }]);
    read.entities = 0;
    const { status, body } = await push({
      entries: Array.from({ length: 300 }, (_, n) => ({ id: "e", duration: 100 + n })),
    });
    assertEquals([status, body.conflicts.length, body.stats.entriesProcessed], [200, 300, 300]);
    assertEquals(read.entities, 1);
  }));

Deno.test("records of one entity are taken in their order, each on what the one before has left", () =>
  onEveryStore(async (store) => {
    const { push, pull, log, read } = watched(store);
    await push({ entries: [entry("e", { notes: "first" }), entry("f")] });
    const { body: { syncToken: token } } = await pull();
    read.entities = 0;
    const notes = ["second", "third", "third", "fourth"];
    const { body } = await push(
      { entries: notes.flatMap((text) => [entry("e", { notes: text }), entry("f")]) },
      { token },
    );
    assertEquals(body.conflicts, []);
    assertEquals(read.entities, 2);
    assertEquals((await log()).slice(2).map(({ data }) => data.notes), ["second", "third", "fourth"]);
    const { body: { entries } } = await pull();
    assertEquals(entries.find(({ id }: { id: string }) => id === "e").notes, "fourth");
  }));

Deno.test("what others write between two records of an entity is not overlooked", () =>
  onEveryStore(async (store) => {
    const { push, pull, log } = v1World({
      ...store,
      async commit(...args) {
        const result = await store.commit(...args);
        if (commits++ === 1) await other.sync([{ entityId: "e", data: { mood: "excited" } }]);
        return result;
      },
    });
    let commits = 0;
    const other = v1World(store);
    await push({ entries: [entry("e", { notes: "first", mood: "neutral" })] });
    const { body: { syncToken: token } } = await pull();
    const { body } = await push({
      entries: [
        entry("e", { notes: "second", mood: "neutral" }),
        entry("e", { notes: "third", mood: "satisfied" }),
      ],
    }, { token });
    assertEquals(body.conflicts.map(({ reason }: { reason: string }) => reason), ["same_field"]);
    const { body: { entries: [e] } } = await pull();
    assertEquals([e.notes, e.mood], ["third", "excited"]);
    assertEquals((await log()).length, 4);
  }));

Deno.test("large entities that are named in turn, on and on, end the request before it has read too much", async () => {
  const { push, sync, read } = watched(memoryLedgerStore());
  const ids = Array.from({ length: 40 }, (_, n) => `e${n}`);
  for (const id of ids) {
    await push({ entries: [entry(id, large)] });
    await sync([{ entityId: id, data: { duration: 31 } }]);
  }
  read.bytes = 0;
  const turn = ids.map((id) => ({ id, duration: 32 }));
  const once = await push({ entries: turn });
  assertEquals([once.status, once.body.conflicts.length], [200, ids.length]);
  read.bytes = 0;
  const { status } = await push({ entries: Array.from({ length: 100 }, () => turn).flat() });
  assertEquals(status, 503);
  assert(read.bytes < 1.1 * v1RunBounds.touchedBytesMax, `${read.bytes} bytes`);
});

Deno.test("a push that runs twice at once tells no conflict with itself", () =>
  onEveryStore(async (store) => {
    const twice = { entries: [entry("e", { notes: "second" }), entry("e", { notes: "third" })] };
    const other = v1World(store);
    await other.push({ entries: [entry("e", { notes: "first" })] });
    const { body: { syncToken: token } } = await other.pull();
    const conflicts: unknown[] = [];
    let isSent = false;
    const one = v1World({
      ...store,
      async commit(...args) {
        const result = await store.commit(...args);
        // Its client has lost patience and sends it again; another isolate takes it.
        if (!isSent) {
          isSent = true;
          conflicts.push((await other.push(twice, { token })).body.conflicts);
        }
        return result;
      },
    });
    conflicts.push((await one.push(twice, { token })).body.conflicts);
    const { body: { entries: [e] } } = await one.pull();
    assertEquals([e.notes, ...conflicts], ["third", [], []]);
  }));
