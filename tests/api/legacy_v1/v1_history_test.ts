/** V1 where the history itself moves under it: erases, restores, migrations, other isolates, bounded work. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import { legacyRow, putRows } from "../legacy/legacy_rows.ts";
import { entry, onEveryStore, phone, v1World } from "./v1_world.ts";

/** `store` that does something once, in the middle of a call. */
function interrupted(
  store: LedgerStore,
  method: "listEntities" | "readState" | "commit",
  act: () => Promise<unknown>,
): LedgerStore {
  let done = false;
  const call = store[method] as (...args: unknown[]) => Promise<unknown>;
  return {
    ...store,
    async [method](...args: unknown[]) {
      if (!done) {
        done = true;
        await act();
      }
      return await call(...args);
    },
  } as LedgerStore;
}

onEveryStore("an erase in the middle of a pull leaves a pull of nothing, never of a part", async (world) => {
  await world.push({ goals: [{ id: "g" }], entries: [entry("e")] });
  const other = v1World(interrupted(world.store, "listEntities", () => world.ledger.erase("ada")));
  const { status, body } = await other.pull();
  assertEquals([status, body.goals, body.entries], [200, [], []]);
});

onEveryStore("an erase in the middle of a push is not undone by it", async (world) => {
  await world.push({ goals: [{ id: "g", title: "a" }] });
  const { syncToken: token } = (await world.pull()).body;
  for (const method of ["readState", "commit"] as const) {
    const other = v1World(interrupted(world.store, method, () => world.ledger.erase("ada")));
    const { status, body } = await other.push({ goals: [{ id: "g", title: "b" }, { id: "h" }] }, { token });
    assertEquals([status, body.conflicts.length], [200, 2], method);
    assertEquals((await world.pull()).body.goals, [], method);
  }
});

onEveryStore("what another isolate writes in the middle of a push is not taken back", async (world) => {
  await world.push({ goals: [{ id: "g", title: "a", notes: "n" }, { id: "h" }] }, { device: phone });
  const { syncToken: token } = (await world.pull({ device: phone })).body;
  const other = v1World(interrupted(world.store, "commit", () =>
    world.sync([
      { entityType: "goal", entityId: "g", data: { title: "by v2" } },
      { entityType: "goal", entityId: "h", type: "DELETED" },
    ])));
  const { body } = await other.push(
    { goals: [{ id: "g", title: "a", notes: "new" }, { id: "h", title: "new" }] },
    { device: phone, token },
  );
  assertEquals(body.conflicts.map(({ reason }: { reason: string }) => reason), [
    "same_field",
    "deleted_on_server",
  ]);
  assertEquals((await world.pull()).body.goals, [{ id: "g", title: "by v2", notes: "new" }]);
});

Deno.test("a restore makes tokens and kept answers void", async () => {
  const store = memoryLedgerStore();
  const { push, pull, sync } = v1World(store);
  await push({ goals: [{ id: "g", title: "a" }] }, { device: phone, key: "k" });
  const backup = store.backup();
  await sync([{ entityType: "goal", entityId: "g", data: { title: "lost" } }]);
  const { syncToken: token } = (await pull()).body;
  store.restore(backup, "01900000-0000-7000-8000-0000ffffffff");
  await sync([{ entityType: "goal", entityId: "g", data: { title: "by v2" } }]);
  // It names version 2 of a history that is gone.
  const { body } = await push({ goals: [{ id: "g", title: "lost" }] }, { token });
  assertEquals(body.conflicts.length, 1);
  assertEquals((await pull()).body.goals, [{ id: "g", title: "by v2" }]);
});

onEveryStore(
  "rows of the older system are there with the first V1 request, and are its device's to edit",
  async (world) => {
    const { store, push, pull, status, batch, log } = world;
    for (
      const [user, first] of Object.entries({
        ada: pull,
        bob: () => push({}, { user: "bob" }),
        eve: null,
      })
    ) {
      await putRows(store, user, [
        legacyRow("goal", "g", { title: "Scales", status: "ACTIVE" }),
        legacyRow("goal", "gone", { title: "x" }, { deletedAt: "2025-08-01T00:00:00.000Z" }),
      ]);
      if (first) assertEquals((await first()).status, 200, user);
      else assertEquals((await status({ user })).body.entityCount, 1);
      assertEquals((await pull({ user })).body.goals, [{ id: "g", title: "Scales", status: "active" }], user);
    }
    const { syncToken: token } = (await pull()).body;
    const { body } = await push({ goals: [{ id: "g", title: "New", status: "ACTIVE" }, { id: "gone" }] }, {
      token,
    });
    assertEquals(body.conflicts, [{ entityId: "gone", entityType: "goal", reason: "deleted_on_server" }]);
    assertEquals((await log()).at(-1).data, { title: "New" });
    assertEquals((await batch([])).body.downloaded, 1);
  },
);

onEveryStore(
  "what was made after an erase is not taken for erased when only the epoch rises",
  async (world) => {
    const { ledger, pull, push, call } = world;
    await push({ goals: [{ id: "g" }] });
    await ledger.erase("ada");
    const { syncToken: token } = (await pull({ device: phone })).body;
    // A cursor from a future that is lost: everybody starts over, and tokens name nothing any more.
    await call("POST", "/api/sync/v2", { lastKnownServerVersion: 99, changes: [] }, {});
    const { body } = await push({ goals: [{ id: "new" }] }, { device: phone, token });
    assertEquals(body.conflicts, []);
    assertEquals((await pull()).body.goals, [{ id: "new" }]);
  },
);

Deno.test("a push of more commits than a request may have is 503, and the same request again goes on", async () => {
  const world = v1World(memoryLedgerStore({ stepsPerCommitMax: 2 }));
  const entries = Array.from({ length: 450 }, (_, n) => entry(`e${n}`));
  const statuses: number[] = [];
  let body;
  for (let tries = 0; tries < 5 && statuses.at(-1) !== 200; tries++) {
    const answer = await world.push({ entries }, { key: "k", device: phone });
    statuses.push(answer.status);
    body = answer.body;
    if (answer.status !== 503) continue;
    assertEquals(answer.headers.get("Retry-After"), "1");
    assert(!answer.body.error.includes("Nothing"), "some of it was saved");
  }
  assertEquals([statuses, body.conflicts], [[503, 503, 200], []]);
  assertEquals((await world.ledger.status("ada")).totalChanges, 450);
});

Deno.test("an entity that is replaced while it is read is read again, in pulls and pushes", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    const world = v1World(kvLedgerStore(kv));
    const text = (letter: string) => letter.repeat(100_000);
    await world.push({ goals: [{ id: "g", text: text("a") }] });
    const { syncToken: token } = (await world.pull()).body;
    // Between the read of a root and of its parts somebody replaces it: the parts are gone then.
    let replace: (() => Promise<unknown>) | null = null;
    const torn = new Proxy(kv, {
      get(target, name) {
        const method = Reflect.get(target, name);
        if (name !== "getMany") return typeof method === "function" ? method.bind(target) : method;
        return async (keys: Deno.KvKey[]) => {
          const now = replace;
          if (now && keys[0]?.[0] === "part") {
            replace = null;
            await now();
          }
          return await target.getMany(keys);
        };
      },
    });
    const other = v1World(kvLedgerStore(torn));
    replace = () => world.sync([{ entityType: "goal", entityId: "g", data: { text: text("b") } }]);
    const { body } = await other.pull();
    assertEquals([replace, body.goals[0]?.text === text("b")], [null, true]);
    replace = () => world.sync([{ entityType: "goal", entityId: "g", data: { text: text("c") } }]);
    const gone = await other.push({ goals: [{ id: "g", deletedAt: "2025-08-01T00:00:00.000Z" }] }, { token });
    assertEquals([replace, gone.body.conflicts[0]?.reason], [null, "updated_on_server"]);
    assertEquals((await world.pull()).body.goals, [], "the deletion was not taken for one of nothing");
  } finally {
    kv.close();
  }
});

onEveryStore("V1 pushes and v2 writers of two isolates at once: nothing of either is lost", async (world) => {
  const { push, pull, sync, store } = world;
  await push({ entries: [entry("e")] }, { device: phone });
  const { syncToken: token } = (await pull({ device: phone })).body;
  const other = v1World(store);
  const changeId = (n: number) => `ffffffff-0000-4000-8000-${String(n).padStart(12, "0")}`;
  const write = (n: number) =>
    untilDone(async () => {
      const change = { changeId: changeId(n), entityId: "e", data: { [`v2_${n}`]: n } };
      return (await sync([change])).results[0].status !== "retry";
    });
  const pushOne = (n: number) =>
    untilDone(async () => {
      const sent = { entries: [{ id: "e", [`v1_${n}`]: n }] };
      const { status, body } = await other.push(sent, { device: phone, token, key: `k${n}` });
      assert(status === 503 || body.conflicts.length === 0);
      return status === 200;
    });
  await Promise.all([
    ...Array.from({ length: 20 }, (_, n) => write(n)),
    ...Array.from({ length: 10 }, (_, n) => pushOne(n)),
  ]);
  const [state] = (await pull()).body.entries;
  assertEquals(Object.keys(state).filter((name) => name.startsWith("v")).length, 30);
  assertEquals((await store.readHead("ada")).head?.version, 31);
});

/** Whoever is told to come back does. */
async function untilDone(attempt: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await attempt().catch((error) => String(error).includes("busy") ? false : Promise.reject(error))) {
      return;
    }
  }
  throw new Error("It never came through");
}
