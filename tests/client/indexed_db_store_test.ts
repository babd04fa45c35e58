/** What IndexedDB does on bad days; the contract of every device store is tested in `tests/contract/`. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { IDBFactory, IDBObjectStore } from "fake-indexeddb";
import { indexedDbStore } from "../../client/adapters/indexed_db_store.ts";
import { memoryStore } from "../../client/adapters/memory_store.ts";
import { SyncClientError } from "../../client/mod.ts";
import {
  type DeviceStore,
  type DeviceStoreFactory,
  StorageFault,
  type StoreTransaction,
} from "../../client/ports.ts";
import { VirtualClock } from "./world/virtual_clock.ts";
import { World } from "./world/world.ts";

/** A factory that counts its opens and gives the handles away; `hang` makes opens never answer. */
function watched() {
  const real = new IDBFactory();
  const handles: IDBDatabase[] = [];
  let opens = 0;
  const state = { hang: false };
  const factory = {
    open(name: string, version?: number) {
      opens++;
      if (state.hang) return {} as IDBOpenDBRequest;
      const request = real.open(name, version);
      request.addEventListener("success", () => handles.push(request.result as unknown as IDBDatabase));
      return request;
    },
  } as unknown as globalThis.IDBFactory;
  return { factory, handles, state, opens: () => opens };
}

const write = (store: DeviceStore, n: number) =>
  store.transact("write", (tx) => (tx.put([[["queue", n], n]]), Promise.resolve()));
const count = (store: DeviceStore) => store.transact("read", async (tx) => (await tx.list(["queue"])).length);

Deno.test("a handle that died is opened once more, and nothing is lost", async () => {
  const { factory, handles, opens } = watched();
  const store = await indexedDbStore(new VirtualClock(), factory).open("a");
  await write(store, 1);
  handles[0]!.close();
  await write(store, 2);
  assertEquals([await count(store), opens()], [2, 2]);
  handles[1]!.close();
  assertEquals([await count(store), opens()], [2, 3]);
  store.close();
});

Deno.test("of several transactions that find the handle dead, one opens the next", async () => {
  const { factory, handles, opens } = watched();
  const store = await indexedDbStore(new VirtualClock(), factory).open("several");
  handles[0]!.close();
  await Promise.all([1, 2, 3].map((n) => write(store, n)));
  assertEquals([await count(store), opens()], [3, 2]);
  store.close();
});

Deno.test("a handle that dies again at once is a storage fault, not a bare browser error", async () => {
  const { factory, handles } = watched();
  const closing = {
    open(name: string, version?: number) {
      const request = factory.open(name, version);
      request.addEventListener("success", () => (request.result as IDBDatabase).close());
      return request;
    },
  } as unknown as globalThis.IDBFactory;
  const store = await indexedDbStore(new VirtualClock(), closing).open("a");
  const fault = await assertRejects(() => write(store, 1), StorageFault);
  assertEquals([fault.code, handles.length], ["unavailable", 2]);
  store.close();
});

/** Lets what follows a timer run: all of it is microtasks, then one task of the database. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("an open that never answers is given up after 5 s, not before, and the next one goes through", async () => {
  const { factory, state, opens } = watched();
  state.hang = true;
  const clock = new VirtualClock();
  const opening = indexedDbStore(clock, factory).open("a");
  clock.skip(4_999);
  assertEquals(clock.fireNext(0), false);
  state.hang = false;
  clock.fireNext(1);
  const store = await opening;
  await write(store, 1);
  assertEquals([await count(store), opens()], [1, 2]);
  store.close();
});

Deno.test("an open that hangs twice is a storage fault", async () => {
  const { factory, state, opens } = watched();
  state.hang = true;
  const clock = new VirtualClock();
  const opening = indexedDbStore(clock, factory).open("a");
  clock.fireNext(5_000);
  await turn();
  clock.fireNext(5_000);
  assertEquals(opens(), 2);
  const fault = await assertRejects(() => opening, StorageFault);
  assertEquals(fault.code, "unavailable");
});

Deno.test("a browser without IndexedDB says so, and an open that throws is a fault too", async () => {
  const clock = new VirtualClock();
  const none = indexedDbStore(clock, null as unknown as globalThis.IDBFactory);
  assertEquals((await assertRejects(() => none.open("a"), StorageFault)).code, "unavailable");
  const throwing = {
    open: () => {
      throw new DOMException("private mode", "SecurityError");
    },
  };
  const refused = indexedDbStore(clock, throwing as unknown as globalThis.IDBFactory);
  assertEquals((await assertRejects(() => refused.open("a"), StorageFault)).code, "unavailable");
  assertEquals(clock.nextInMs, null, "no timer is left");
});

Deno.test("a newer page may upgrade: the old one lets its handle go", async () => {
  const real = new IDBFactory();
  const store = await indexedDbStore(new VirtualClock(), real as unknown as globalThis.IDBFactory).open("a");
  await write(store, 1);
  await new Promise<void>((resolve, reject) => {
    const upgrade = real.open("a", 2);
    upgrade.onblocked = () => reject(new Error("blocked by the old page"));
    upgrade.onsuccess = () => {
      upgrade.result.close();
      resolve();
    };
  });
  const fault = await assertRejects(() => write(store, 2), StorageFault);
  assertEquals(fault.code, "unavailable");
  store.close();
});

Deno.test("a full disk is a fault of its own, and the transaction leaves nothing behind", async () => {
  const { factory } = watched();
  const store = await indexedDbStore(new VirtualClock(), factory).open("a");
  const { put } = IDBObjectStore.prototype;
  let left = 1;
  IDBObjectStore.prototype.put = function (...args) {
    if (left-- === 0) throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, args);
  };
  try {
    const both = (
      tx: StoreTransaction,
    ) => (tx.put([[["queue", 1], 1]]), tx.put([[["queue", 2], 2]]), Promise.resolve());
    const fault = await assertRejects(() => store.transact("write", both), StorageFault);
    assertEquals(fault.code, "quota");
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  assertEquals(await count(store), 0);
  store.close();
});

Deno.test("a client whose database hangs goes on in memory after two tries of 5 s, and says it loudly", async () => {
  await using world = new World();
  const device = world.device();
  const { factory, state } = watched();
  state.hang = true;
  device.store = indexedDbStore(world.clock, factory);
  const { client } = device.open("ada");
  const problems: (string | null)[] = [];
  client.addEventListener("storage", (event) => problems.push(event.detail.problem));
  let ready = false;
  client.ready.then(() => ready = true);
  await world.pass(4_000);
  assertEquals(ready, false);
  await world.until(() => ready, "it goes on", 10_000);
  await client.create("goal", { n: 1 });
  await world.until(() => client.status.pending === 0, "it syncs all the same");
  assertEquals(client.status.state, "storage");
  assert(problems.length === 1 && client.status.storageProblem?.includes("lost when the page closes"));
});

/** Stores whose writes fail with `fault` while `broken`. */
function breakable(fault: StorageFault) {
  const real = memoryStore();
  const state = { broken: false };
  const stores: DeviceStoreFactory = {
    async open(name) {
      const store = await real.open(name);
      return {
        kind: "indexeddb",
        close: () => store.close(),
        transact: (mode, work) =>
          mode === "write" && state.broken ? Promise.reject(fault) : store.transact(mode, work),
      };
    },
  };
  return { stores, state };
}

Deno.test("on a full disk an edit is refused with its reason, not shown, and the state says why until it works", async () => {
  await using world = new World();
  const device = world.device();
  const { stores, state } = breakable(new StorageFault("quota", "No room left."));
  device.store = stores;
  const { client } = device.open("ada");
  await world.until(() => client.status.state === "synced", "synced");
  state.broken = true;
  const error = await assertRejects(() => client.create("goal", { id: "x" }), SyncClientError);
  assertEquals([error.code, error.message], ["quota", "No room left."]);
  assertEquals([client.get("goal", "x"), client.status.state, client.status.pending], [
    undefined,
    "storage",
    0,
  ]);
  await world.pass(120_000);
  assertEquals(client.status.state, "storage", "a sync that cannot write does not hide it");
  state.broken = false;
  await world.until(() => client.status.state === "synced", "a sync that can write clears it", 600_000);
  await client.create("goal", { id: "x" });
  await world.until(() => client.status.state === "synced", "saved");
});
