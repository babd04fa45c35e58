import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { memoryStore } from "../../client/adapters/memory_store.ts";
import { DeviceRows } from "../../client/device_rows.ts";
import { DeviceState, type Plan } from "../../client/device_state.ts";
import type { StoreKey } from "../../client/ports.ts";
import { type AckedRow, entityKey, type QueueRow, rowKey } from "../../client/rows.ts";
import type { ViewChange } from "../../client/sync_client_api.ts";
import { View } from "../../client/view.ts";
import { acked, makeRows, quarantined, queued, uuid } from "./world/make_rows.ts";

const nobody = { before() {}, after() {} };
const add = (row: QueueRow): Plan<void> => ({ put: [[rowKey.queue(row.seq), row]], result: undefined });

async function twoStates() {
  const stores = memoryStore();
  const [a, b] = [
    new DeviceState(await stores.open("x"), nobody),
    new DeviceState(await stores.open("x"), nobody),
  ];
  await a.load();
  await b.load();
  return { stores, a, b };
}

Deno.test("two states on one store converge through the journal, without loading everything again", async () => {
  const { stores, a, b } = await twoStates();
  await a.commit("local", () => add(queued(1)));
  await b.commit("local", (rows) => {
    assertEquals([...rows.queue.keys()], [1], "the plan sees what the other tab wrote");
    return add(queued(2));
  });
  await a.commit("local", () => ({ remove: [rowKey.queue(1)], result: undefined }));
  const store = await stores.open("x");
  await store.transact("write", (tx) => (tx.put([[rowKey.queue(99), queued(99)]]), Promise.resolve()));
  await b.refresh();
  assertEquals([...b.rows.queue.keys()], [2], "a row that no journal names is not looked at");
  assertEquals([...a.rows.queue.keys()], [2]);
  assertEquals(a.rows.revision, b.rows.revision);
});

Deno.test("a plan that throws writes nothing, and the next commit goes on", async () => {
  const { stores, a } = await twoStates();
  const error = await assertRejects(() =>
    a.commit("local", () => {
      throw new RangeError("a bug");
    }), RangeError);
  assertEquals(error.message, "a bug");
  await a.commit("local", () => add(queued(1)));
  assertEquals([a.rows.revision, [...a.rows.queue.keys()]], [1, [1]]);
  const rows = await (await stores.open("x")).transact("read", (tx) => tx.list(["queue"]));
  assertEquals(rows.length, 1);
});

Deno.test("a plan that writes nothing leaves no revision and wakes nobody", async () => {
  let told = 0;
  const state = new DeviceState(await memoryStore().open("x"), nobody, () => told++);
  await state.load();
  assertEquals(await state.commit("local", () => ({ result: 7 })), 7);
  assertEquals([state.rows.revision, told], [0, 0]);
});

Deno.test("a state that lags further behind than the journal reaches loads everything", async () => {
  for (const commits of [255, 256, 257, 300]) {
    const { a, b } = await twoStates();
    for (let n = 1; n <= commits; n++) await a.commit("local", () => add(queued(n)));
    await b.refresh();
    assertEquals(b.rows.queue.size, commits);
    assertEquals(b.rows.revision, commits);
  }
});

Deno.test("the journal keeps 256 commits and no more", async () => {
  const { stores, a } = await twoStates();
  for (let n = 1; n <= 300; n++) await a.commit("local", () => add(queued(n)));
  const rows = await (await stores.open("x")).transact("read", (tx) => tx.list(["journal"]));
  assertEquals(rows.length, 256);
});

Deno.test("a database that was emptied under a tab is loaded anew", async () => {
  const { stores, a, b } = await twoStates();
  for (let n = 1; n <= 3; n++) await a.commit("local", () => add(queued(n)));
  await b.refresh();
  const store = await stores.open("x");
  await store.transact("write", (tx) => (tx.deletePrefix([]), Promise.resolve()));
  await b.refresh();
  assertEquals([b.rows.queue.size, b.rows.revision], [0, 0]);
});

Deno.test("a commit that empties a slot tells the others to load everything", async () => {
  const { a, b } = await twoStates();
  await a.commit("remote", () => ({
    put: [[rowKey.base(0, "goal", "a"), { version: 1, data: {} }]],
    result: undefined,
  }));
  await b.refresh();
  await a.commit("remote", () => ({
    clearSlots: [0],
    put: [[rowKey.base(0, "goal", "b"), { version: 2, data: {} }]],
    result: undefined,
  }));
  await b.refresh();
  for (const { rows } of [a, b]) assertEquals([...rows.base[0].get("goal")!.keys()], ["b"]);
});

Deno.test("rows in memory equal a naive model under any sets and removes", () => {
  const entity = fc.constantFrom("g1", "g2");
  const n = fc.integer({ min: 1, max: 8 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant("queue" as const), n, id: entity, remove: fc.boolean() }),
    fc.record({ kind: fc.constant("acked" as const), n, id: entity, remove: fc.boolean() }),
    fc.record({ kind: fc.constant("quarantine" as const), n, id: entity, remove: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const rows = new DeviceRows();
      const queue = new Map<number, QueueRow>();
      const settled = new Map<number, AckedRow>();
      const aside = new Map<string, unknown>();
      for (const { kind, n, id, remove } of steps) {
        const at = { entityId: id };
        const [key, value]: [StoreKey, unknown] = kind === "queue"
          ? [rowKey.queue(n), queued(n, at)]
          : kind === "acked"
          ? [rowKey.acked(n, uuid(n)), acked(n, n, at)]
          : [rowKey.quarantine(uuid(n)), quarantined(n, at)];
        const model: Map<unknown, unknown> = kind === "queue" ? queue : kind === "acked" ? settled : aside;
        const modelKey = kind === "quarantine" ? uuid(n) : n;
        if (remove) {
          rows.remove(key);
          model.delete(modelKey);
        } else {
          rows.set(key, value);
          model.set(modelKey, value);
        }
      }
      const ordered = [...queue.values()].sort((a, b) => a.seq - b.seq);
      assertEquals([...rows.queue.values()], ordered, "the queue is in order");
      const byVersion = [...settled.values()].sort((a, b) => a.version - b.version);
      for (const id of ["g1", "g2"]) {
        assertEquals(rows.queuedOf("goal", id), ordered.filter(({ change }) => change.entityId === id));
        assertEquals(rows.ackedOf("goal", id), byVersion.filter(({ change }) => change.entityId === id));
      }
      for (let n = 1; n <= 8; n++) assertEquals(rows.queued(uuid(n)), queue.get(n));
      const overlaid = new Set(
        [...ordered, ...byVersion].map(({ change }) => entityKey("goal", change.entityId)),
      );
      assertEquals(new Set(rows.overlaidKeys()), overlaid);
      assertEquals(rows.quarantine.size, aside.size);
    }),
    { numRuns: 300 },
  );
});

Deno.test("cleared rows forget every index", () => {
  const rows = makeRows({ queue: [queued(5)], acked: [acked(1, 1)], base: { g1: { version: 1, data: {} } } });
  rows.clear();
  assertEquals([rows.queued(uuid(5)), rows.queuedOf("goal", "g1"), rows.ackedOf("goal", "g1")], [
    undefined,
    [],
    [],
  ]);
  assertEquals([[...rows.overlaidKeys()], rows.shown("goal", "g1"), rows.queueSeq], [[], undefined, 0]);
});

/** A view over rows, with what it told. */
function viewOver(rows: DeviceRows) {
  const told: ViewChange[] = [];
  const view = new View((change) => told.push(change));
  view.rows = rows;
  return { view, told };
}

Deno.test("the view is base, then settled changes above the cursor that had an effect, then the queue", () => {
  const rows = makeRows({
    sync: { cursor: 5, viewCursor: 5 },
    base: { g1: { version: 5, data: { a: 0, b: 0, c: 0, d: 0 } } },
    acked: [
      acked(1, 5, { data: { a: "in the base already" } }),
      acked(2, 6, { data: { b: "settled" } }),
      acked(3, 7, { data: { c: "lost" } }, { effect: false }),
    ],
    queue: [queued(4, { data: { d: "queued" } })],
    quarantine: [quarantined(5, { data: { d: "rejected" } })],
  });
  const { view } = viewOver(rows);
  assertEquals(view.get("goal", "g1"), { a: 0, b: "settled", c: 0, d: "queued" });
  assertEquals(view.list("goal").length, 1);
  assert(Object.isFrozen(view.get("goal", "g1")));
});

Deno.test("what is offered again after a restore is shown once: not while the old base has it", () => {
  const rows = makeRows({
    sync: { staging: true },
    base: { g1: { version: 5, data: { a: "later" } } },
    queue: [queued(1, { data: { a: "earlier" } }, { reoffered: true })],
  });
  assertEquals(viewOver(rows).view.get("goal", "g1"), { a: "later" });
  const swapped = makeRows({ queue: [queued(1, { type: "CREATED", data: { a: 1 } }, { reoffered: true })] });
  assertEquals(viewOver(swapped).view.get("goal", "g1"), { a: 1 });
});

Deno.test("what the cursor passes without a row of its entity is looked at again", () => {
  const rows = makeRows({
    sync: { cursor: 3, viewCursor: 3, snapshot: true },
    acked: [acked(1, 4, { type: "CREATED", data: { a: "mine" } })],
  });
  const { view, told } = viewOver(rows);
  assertEquals(view.get("goal", "g1"), { a: "mine" });
  // Others have changed it since: in a compacted pull it comes with a later page.
  const key = rowKey.meta("sync");
  view.before([key]);
  rows.set(key, { ...rows.sync, cursor: 5, viewCursor: 5 });
  view.after([key], "remote");
  assertEquals(view.get("goal", "g1"), undefined, "as a page that opens now would show it");
  assertEquals(told, [{ type: "goal", ids: ["g1"], origin: "remote" }]);
});

Deno.test("a commit tells which entities look different, and why; what looks the same is not told", () => {
  const rows = makeRows({ base: { g1: { version: 1, data: { a: 1 } }, g2: { version: 1, data: { a: 1 } } } });
  const { view, told } = viewOver(rows);
  const keys = [rowKey.base(0, "goal", "g1"), rowKey.base(0, "goal", "g2"), rowKey.base(1, "goal", "g1")];
  view.before(keys);
  rows.set(keys[0]!, { version: 2, data: { a: 2 } });
  rows.set(keys[1]!, { version: 2, data: { a: 1 } });
  view.after(keys, "remote");
  assertEquals(told, [{ type: "goal", ids: ["g1"], origin: "remote" }]);
  const row = queued(1, { data: { a: 3 } });
  view.before([rowKey.queue(1)]);
  rows.set(rowKey.queue(1), row);
  view.after([rowKey.queue(1)], "local");
  assertEquals(told.at(-1), { type: "goal", ids: ["g1"], origin: "local" });
  view.before([rowKey.queue(1)]);
  rows.remove(rowKey.queue(1));
  view.after([rowKey.queue(1)], "remote", new Set(["goal\u0000g1"]));
  assertEquals(told.at(-1)?.origin, "rollback");
});
