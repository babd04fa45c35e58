/** The same request again: with its key, without it, after a crash anywhere. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import { derivedChangeId } from "../../../shared/derived_change_id.ts";
import { entry, onEveryStore, phone, v1World } from "./v1_world.ts";

const dayMs = 86_400_000;
const isReplay = (headers: Headers) => headers.get("X-Idempotent-Replay") === "true";

onEveryStore("a replay of a key gives the stored body and changes nothing", async ({ push, log, sync }) => {
  const send = () => push({ goals: [{ id: "g", title: "a" }, 7] }, { device: phone, key: "k" });
  const first = await send();
  await sync([{ entityType: "goal", entityId: "g", data: { title: "by v2" } }]);
  const again = await send();
  assertEquals([first.status, again.status, again.body], [200, 200, first.body]);
  assertEquals([isReplay(first.headers), isReplay(again.headers)], [false, true]);
  assertEquals((await log()).length, 2);
});

onEveryStore(
  "a key reused with another body, or on another route, is 409 and changes nothing",
  async (world) => {
    const { push, batch, call, log } = world;
    await push({ goals: [{ id: "g", title: "a" }] }, { key: "k" });
    const other = await push({ goals: [{ id: "g", title: "b" }] }, { key: "k" });
    const route = await batch([], { key: "k" });
    const both = { changes: {}, entities: [] };
    const [pushed, batched] = [
      await call("POST", "/api/sync/push", both, { key: "both" }),
      await call("POST", "/api/sync/batch", both, { key: "both" }),
    ];
    assertEquals(pushed.status, 200);
    for (const { status, body } of [other, route, batched]) {
      assertEquals([status, body.success, body.code, typeof body.error], [409, false, 409, "string"]);
    }
    assertEquals((await log()).length, 1);
    const elsewhere = await push({ goals: [{ id: "g", title: "b" }] }, { key: "k", user: "bob" });
    assertEquals([elsewhere.status, isReplay(elsewhere.headers)], [200, false]);
  },
);

onEveryStore("a key lives for 24 hours", async ({ push, clock }) => {
  await push({ goals: [{ id: "g", title: "a" }] }, { key: "k", device: phone });
  clock.advance(dayMs);
  assert(isReplay((await push({ goals: [{ id: "g", title: "a" }] }, { key: "k", device: phone })).headers));
  clock.advance(1);
  const later = await push({ goals: [{ id: "g", title: "b" }] }, { key: "k", device: phone });
  assertEquals([later.status, isReplay(later.headers), later.body.conflicts], [200, false, []]);
});

onEveryStore("the same request fifty times at once is one row, and one answer", async ({ push, log }) => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => push({ goals: [{ id: "g", title: "a" }] }, { key: "k" })),
  );
  assertEquals(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
  assertEquals((await log()).length, 1);
});

onEveryStore("without a key the same push again writes nothing, and takes nothing back", async (world) => {
  const { push, pull, log, sync } = world;
  const send = (token?: string) =>
    push({ goals: [{ id: "g", title: "a" }] }, { device: phone, ...(token ? { token } : {}) });
  await send();
  assertEquals((await send()).body.stats.duplicatesPrevented, 1);
  const { syncToken } = (await pull({ device: phone })).body;
  await sync([{ entityType: "goal", entityId: "g", data: { title: "by v2" } }]);
  assertEquals((await send(syncToken)).body.conflicts.length, 1);
  assertEquals((await send()).body.conflicts.length, 1);
  assertEquals((await log()).length, 2);
});

onEveryStore(
  "a push that says an old value again after a newer own one is named, not lost",
  async (world) => {
    const { push, pull } = world;
    await push({ goals: [{ id: "g", title: "a" }] }, { device: phone });
    const { syncToken: token } = (await pull({ device: phone })).body;
    const titles = ["b", "c", "b"];
    const answers = [];
    for (const title of titles) {
      answers.push(
        await push({ goals: [{ id: "g", title }] }, { device: phone, token }),
      );
    }
    // Nothing tells the third from a late copy of the first; with keys of their own they are two.
    assertEquals(answers.map(({ body }) => body.conflicts.length), [0, 0, 1]);
    const keyed = await push({ goals: [{ id: "g", title: "b" }] }, { device: phone, token, key: "own" });
    assertEquals(keyed.body.conflicts, []);
    assertEquals((await pull()).body.goals[0].title, "b");
  },
);

onEveryStore(
  "changeIds are derived from the key, else the token, else nothing, and from the record",
  async (world) => {
    const { push, pull, log } = world;
    const data = { id: "g", title: "a" };
    await push({ goals: [data] }, { key: "k" });
    const { syncToken: token } = (await pull()).body;
    await push({ goals: [{ ...data, title: "b", userId: "x" }] }, { token });
    await push({ goals: [{ id: "h" }] });
    const expected = [["k", data], [token, { ...data, title: "b" }], [null, { id: "h" }]] as const;
    assertEquals(
      (await log()).map(({ changeId }) => changeId),
      expected.map(([source, sent]) => derivedChangeId(["ada", "v1", source, "goal", sent.id, sent])),
    );
  },
);

class Crash extends Error {}

/** `store`, whose call number `at` that writes ends in a crash: before it did anything, or after. */
function crashing(store: LedgerStore, at: number, when: "before" | "after"): LedgerStore {
  let calls = 0;
  const wrapped =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) => async (...args: A): Promise<T> => {
      const isIt = ++calls === at;
      if (isIt && when === "before") throw new Crash("crash");
      const result = await call(...args);
      if (isIt) throw new Crash("crash");
      return result;
    };
  return {
    ...store,
    commit: wrapped(store.commit),
    keepV1Token: wrapped(store.keepV1Token),
    async openV1Answer(...args) {
      const place = await store.openV1Answer(...args);
      return { ...place, keep: wrapped(place.keep) };
    },
  };
}

async function crashAnywhere(open: () => Promise<{ store: LedgerStore; close(): void }>): Promise<number> {
  const records = {
    entries: Array.from({ length: 5 }, (_, n) => entry(`e${n}`, { notes: "new", mood: `${n}` })),
  };
  const run = async (at: number, when: "before" | "after") => {
    const { store, close } = await open();
    try {
      const whole = v1World(store);
      await whole.push({ entries: [0, 1, 2].map((n) => entry(`e${n}`, { notes: "old" })) }, {
        device: phone,
      });
      const { syncToken: token } = (await whole.pull({ device: phone })).body;
      const options = { device: phone, token, key: "k" };
      const first = await v1World(crashing(store, at, when)).push(records, options);
      // Somebody else writes before the client tries again.
      await whole.sync([{ entityId: "e0", data: { notes: "by v2" } }, { entityId: "e1", type: "DELETED" }]);
      // And this device itself, which by then has another value.
      await whole.push({ entries: [entry("e2", { mood: "newer" })] }, { ...options, key: "k2" });
      const again = await whole.push(records, options);
      const rows = await whole.log();
      const state = (await whole.pull()).body.entries;
      return { first, again, rows, state };
    } finally {
      close();
    }
  };
  for (let at = 1;; at++) {
    for (const when of ["before", "after"] as const) {
      const { first, again, rows, state } = await run(at, when);
      if (first.status === 200) return at - 1;
      assertEquals([first.status, first.body.code, again.status], [500, 500, 200], `${at} ${when}`);
      const creations = rows.filter(({ effect }) => effect === "created").map(({ entityId }) => entityId);
      assertEquals([creations.length, new Set(creations).size], [5, 5], `${at} ${when}`);
      const e0 = state.find(({ id }: { id: string }) => id === "e0");
      // The mood is V1's own edit; the notes are not its to take back.
      assertEquals([e0.notes, e0.mood], ["by v2", "0"], `${at} ${when}`);
      assert(!state.some(({ id }: { id: string }) => id === "e1"), `${at} ${when}: e1 stays deleted`);
      const written = rows.flatMap(({ entityId, data = {} }) =>
        ["notes", "mood"].flatMap((name) => name in data ? [`${entityId}.${name}=${data[name]}`] : [])
      );
      assertEquals(written.length, new Set(written).size, `${at} ${when}: nothing is written twice`);
      const told = again.body.conflicts.some(({ entityId }: { entityId: string }) => entityId === "e0");
      assert(told || isReplay(again.headers), `${at} ${when}: the person is told of e0`);
    }
  }
}

Deno.test("a record twice in one push, a crash between the two: the same request again writes the second", async () => {
  const store = memoryLedgerStore({ stepsPerCommitMax: 1 });
  const goals = [{ id: "g", title: "a" }, { id: "g", title: "b" }];
  const first = await v1World(crashing(store, 1, "after")).push({ goals }, { key: "k" });
  const { push, pull } = v1World(store);
  const again = await push({ goals }, { key: "k" });
  assertEquals([first.status, again.status, again.body.conflicts], [500, 200, []]);
  assertEquals((await pull()).body.goals, [{ id: "g", title: "b" }]);
});

Deno.test("a crash before or after any write, and the same request again, is one push (memory, two steps a commit)", async () => {
  const points = await crashAnywhere(() =>
    Promise.resolve({ store: memoryLedgerStore({ stepsPerCommitMax: 2 }), close() {} })
  );
  assertEquals(points, 4);
});

Deno.test("a crash before or after any write, and the same request again, is one push (Deno KV)", async () => {
  const points = await crashAnywhere(async () => {
    const kv = await Deno.openKv(":memory:");
    return { store: kvLedgerStore(kv), close: () => kv.close() };
  });
  assertEquals(points, 2);
});
