import { assert, assertEquals, assertRejects } from "@std/assert";
import { memoryStore, type Verdict } from "../../client/mod.ts";
import { adoptAnonymous } from "../../client/network/adopt_anonymous.ts";
import { databaseName } from "../../client/device_account.ts";
import { DeviceState } from "../../client/device_state.ts";
import {
  type DeviceStore,
  type DeviceStoreFactory,
  StorageFault,
  type StoreRow,
  type StoreTransaction,
} from "../../client/ports.ts";
import { type QueueRow, rowKey } from "../../client/rows.ts";
import { SyncClientError } from "../../client/sync_client_api.ts";
import { failingStore } from "./world/failing_store.ts";
import { queued, uuid } from "./world/make_rows.ts";
import { isSynced } from "./world/is_synced.ts";
import { refuse } from "./world/reply.ts";
import { World } from "./world/world.ts";

const closing = new StorageFault("unavailable", "The connection is closing.");
const nobody = { before() {}, after() {} };
const asItIs = (row: QueueRow): StoreRow => [rowKey.queue(row.seq), row];

/** A device whose site can sign people in and out. */
function site(world: World) {
  const device = world.device();
  let user: string | null = null;
  const getToken = () => user === null ? null : world.token(user);
  return {
    device,
    open: (options = {}) => device.open(null, { getToken, ...options }),
    be: (next: string | null) => void (user = next),
  };
}

Deno.test("edits made before any sign-in are adopted by the next user, with their promises", async () => {
  await using world = new World();
  const { open, be } = site(world);
  const { client } = open();
  await client.ready;
  assertEquals(client.status.userId, null);
  const id = await client.create("goal", { n: 1 });
  const { synced } = await client.queueChange({
    type: "UPDATED",
    entityType: "goal",
    entityId: id,
    data: { n: 2 },
  });
  let verdict: Verdict | undefined;
  synced.then((given) => verdict = given);
  be("ada");
  await client.signIn();
  await world.until(isSynced(client), "adopted and saved");
  assertEquals([client.status.userId, client.get("goal", id)?.n], ["ada", 2]);
  await world.settle();
  assertEquals(verdict?.status, "applied", "whoever waits for the edit is told");
});

Deno.test("a token that names another user switches, and nothing of the first user is seen or sent", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  be("ada");
  const { client } = open();
  await world.until(isSynced(client), "ada is synced");
  const secret = await client.create("goal", { secret: "ada's" });
  await world.until(isSynced(client), "saved");
  device.online = false;
  await client.update("goal", secret, { secret: "still ada's" });
  be("bob");
  device.online = true;
  await client.signIn();
  await world.until(() => client.status.userId === "bob" && isSynced(client)(), "bob is synced");
  assertEquals([client.list("goal"), client.status.pending], [[], 0]);
  const bobs = await world.fetch(
    new Request(`${world.endpoint}/export`, {
      headers: { Authorization: `Bearer ${await world.token("bob")}` },
    }),
  );
  assert(!(await bobs.text()).includes("ada's"));
  be("ada");
  await client.signIn();
  await world.until(() => client.status.userId === "ada" && isSynced(client)(), "ada is back");
  assertEquals(client.get("goal", secret)?.secret, "still ada's", "her edit waited for her");
});

Deno.test("a listener can read what it hears of, from the first records of a page to those of the next user", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  for (const user of ["bob", "ada"]) {
    be(user);
    const { client } = open();
    await client.signIn();
    await client.create("goal", { id: user });
    await client.close();
  }
  device.online = false;
  const { client } = open();
  const heard = new Set<unknown>();
  client.subscribe("goal", ({ ids }) => {
    for (const id of ids) client.get("goal", id) ? heard.add(id) : heard.delete(id);
  });
  await client.ready;
  assertEquals([...heard], ["ada"]);
  be("bob");
  await client.signIn();
  assertEquals([...heard], ["bob"]);
});

Deno.test("an edit that was under way while the account changed does not land in the other account", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  be("ada");
  const { client } = open();
  await world.until(isSynced(client), "ada is synced");
  const id = await client.create("goal", { n: 1 });
  await world.until(isSynced(client), "saved");
  device.network = async (_request, pass) => {
    await world.clock.sleep(3000);
    return await pass();
  };
  void client.manualSync();
  await world.pass(100);
  be("bob");
  const switching = client.signIn();
  assertEquals(client.get("goal", id)?.n, 1, "ada's page is still shown");
  const outcome = client.update("goal", id, { n: "ada's" }).then(() => "stored", (error) => error.code);
  let done = false;
  Promise.all([switching, outcome]).then(() => done = true);
  // Not the 3 s that the request under way takes: an account changes without waiting for the network.
  await world.until(() => done, "the switch is over", 1000);
  await world.until(() => client.status.userId === "bob", "bob is here", 1000);
  assertEquals((await client.changeQueue.getAllPendingChanges()).length, 0, `it was ${await outcome}`);
});

Deno.test("a user who is known keeps writing to their own database while the session has expired", async () => {
  await using world = new World();
  const { open, be } = site(world);
  be("ada");
  const first = open();
  await world.until(isSynced(first.client), "synced");
  await first.client.close();
  be(null);
  const { client } = open();
  await client.ready;
  assertEquals(client.status.userId, "ada");
  await client.create("goal", { n: 1 });
  await world.pass(60_000);
  assertEquals([client.status.state, client.status.pending], ["auth", 1]);
  be("bob");
  await client.signIn();
  await world.until(() => client.status.userId === "bob" && isSynced(client)(), "bob is synced");
  assertEquals(client.list("goal"), [], "ada's edit is not bob's");
});

Deno.test("a late token at the start is not overlooked, however close to the end of the wait it comes", async () => {
  for (const delayMs of [4999, 5000, 5001, 60_000]) {
    await using world = new World();
    const device = world.device();
    const { client } = device.open(null, {
      getToken: async () => {
        await world.clock.sleep(delayMs);
        return await world.token("ada");
      },
    });
    await world.until(
      () => client.status.userId === "ada" && isSynced(client)(),
      `after ${delayMs} ms`,
      600_000,
    );
  }
});

Deno.test("logout asks when something is pending, and leaves nothing when told to", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  be("ada");
  const { client } = open();
  await world.until(isSynced(client), "synced");
  await client.create("goal", { n: 1 });
  await world.until(isSynced(client), "saved");
  device.online = false;
  const { synced } = await client.queueChange({
    type: "CREATED",
    entityType: "goal",
    entityId: "given up",
    data: { n: 2 },
  });
  const error = await assertRejects(() => client.logout(), SyncClientError);
  assertEquals([error.code, client.status.userId, client.list("goal").length], ["pending_changes", "ada", 2]);
  await client.logout({ discard: true });
  assertEquals([client.status.userId, client.list("goal").length], [null, 0]);
  assertEquals((await synced).reason, "It was discarded on this device.");
  const store = await device.store.open(databaseName("tenuto", world.endpoint, "ada"));
  const kept = await store.transact("read", (tx) => tx.list([]));
  assertEquals(
    kept.filter(([[kind]]) => kind !== "meta" && kind !== "journal"),
    [],
    "no row of hers is left",
  );
  await client.create("goal", { anonymous: true });
  device.online = true;
  await client.signIn();
  await world.until(isSynced(client), "signed in again");
  assertEquals(client.list("goal").map(({ n, anonymous }) => n ?? anonymous), [1, true], "n 2 was given up");
});

Deno.test("an edit that is being written when logout is asked for counts as pending", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  be("ada");
  const { client } = open();
  await world.until(isSynced(client), "synced");
  device.online = false;
  const stored = client.create("goal", { n: 1 });
  const left = client.logout().then(() => "logged out", (error) => error.code);
  await stored;
  assertEquals(await left, "pending_changes");
  assertEquals(client.list("goal").length, 1);
});

Deno.test("after a logout that discarded work nobody is told that the browser lost it", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  be("ada");
  const { client } = open();
  await world.until(isSynced(client), "synced");
  device.online = false;
  await client.create("goal", { n: 1 });
  await client.logout({ discard: true });
  device.online = true;
  await client.signIn();
  await world.until(
    () => client.status.userId === "ada" && client.status.lastSyncTime !== null,
    "signed in again",
  );
  await world.settle();
  assertEquals(client.status.state, "synced");
});

Deno.test("when the browser throws the database away, lost work is said, and work that was saved is not", async () => {
  for (const pending of [true, false]) {
    await using world = new World();
    const device = world.device();
    const first = device.open("ada");
    await world.until(isSynced(first.client), "synced");
    await first.client.create("goal", { n: 1 });
    if (!pending) await world.until(isSynced(first.client), "saved");
    await first.client.close();
    device.store = memoryStore();
    const { client } = device.open("ada");
    await world.until(() => client.status.lastSyncTime !== null, "started anew");
    await world.settle();
    assertEquals(client.status.state, pending ? "lost" : "synced");
  }
});

Deno.test("a logout in one tab closes the account in the others", async () => {
  await using world = new World();
  const { open, be } = site(world);
  be("ada");
  const [a, b] = [open(), open()];
  await world.until(() => isSynced(a.client)() && isSynced(b.client)(), "both are synced");
  await a.client.create("goal", { n: 1 });
  await world.until(isSynced(a.client), "saved");
  const gone: string[] = [];
  b.client.subscribe("goal", ({ ids }) => gone.push(...ids));
  await a.client.logout();
  await world.settle();
  assertEquals([b.client.status.userId, b.client.list("goal"), gone.length], [null, [], 1]);
  await world.pass(600_000);
  assertEquals(b.client.status.state, "auth");
});

/** A store that dies at the n-th transaction, before or after it, and stays dead. */
function dyingStores(real: DeviceStoreFactory, diesAt: number, afterIt: boolean) {
  let count = 0;
  const dead = () => Promise.reject(new StorageFault("closed", "The page was killed."));
  const stores: DeviceStoreFactory = {
    async open(name) {
      const store = await real.open(name);
      const dying: DeviceStore = {
        kind: store.kind,
        close: () => store.close(),
        async transact<T>(mode: "read" | "write", work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
          const n = ++count;
          if (n > diesAt || (n === diesAt && !afterIt)) return await dead();
          const result = await store.transact(mode, work);
          return n === diesAt ? await dead() : result;
        },
      };
      return dying;
    },
  };
  return { stores, died: () => count >= diesAt };
}

const put = (store: DeviceStore, rows: StoreRow[]) =>
  store.transact("write", (tx) => (tx.put(rows), Promise.resolve()));

async function anonymousQueue(stores: DeviceStoreFactory, rows: (QueueRow & { claimedBy?: string })[]) {
  const store = await stores.open("anonymous");
  await put(store, [
    ...rows.map((row): StoreRow => [rowKey.queue(row.seq), row]),
    [rowKey.meta("queueSeq"), rows.length],
    [rowKey.meta("revision"), 1],
    [rowKey.journal(1), null],
  ]);
  return store;
}

Deno.test("a crash at any step of an adoption, and a second one, gives each edit exactly once", async () => {
  for (let diesAt = 1; diesAt <= 4; diesAt++) {
    for (const afterIt of [false, true]) {
      const real = memoryStore();
      await anonymousQueue(real, [queued(1), queued(2, { entityId: "g2" }), queued(3)]);
      const { stores } = dyingStores(real, diesAt, afterIt);
      const first = new DeviceState(await stores.open("ada"), nobody);
      try {
        await first.load();
        await adoptAnonymous(await stores.open("anonymous"), first, "ada", asItIs);
      } catch (error) {
        assert(error instanceof StorageFault);
      }
      const state = new DeviceState(await real.open("ada"), nobody);
      await state.load();
      const anonymous = await real.open("anonymous");
      await adoptAnonymous(anonymous, state, "ada", asItIs);
      const ids = [...state.rows.queue.values()].map(({ change }) => change.changeId);
      assertEquals(ids, [1, 2, 3].map(uuid), `died at ${diesAt}, after it: ${afterIt}`);
      assertEquals(await anonymous.transact("read", (tx) => tx.list(["queue"])), []);
    }
  }
});

Deno.test("what another user has claimed stays theirs, even if their page died before it was copied", async () => {
  const stores = memoryStore();
  const anonymous = await anonymousQueue(stores, [{ ...queued(1), claimedBy: "ada" }, queued(2)]);
  const bob = new DeviceState(await stores.open("bob"), nobody);
  await bob.load();
  assertEquals(await adoptAnonymous(anonymous, bob, "bob", asItIs), 1);
  assertEquals([...bob.rows.queue.values()].map(({ change }) => change.changeId), [uuid(2)]);
  const ada = new DeviceState(await stores.open("ada"), nobody);
  await ada.load();
  assertEquals(await adoptAnonymous(anonymous, ada, "ada", asItIs), 1);
  assertEquals([...ada.rows.queue.values()].map(({ change }) => change.changeId), [uuid(1)]);
});

Deno.test("an edit that is adopted says the same when it has to be adopted once more", async () => {
  const stores = memoryStore();
  const anonymous = await anonymousQueue(stores, [queued(1, { data: { a: 1 } })]);
  const ada = new DeviceState(await stores.open("ada"), nobody);
  await ada.load();
  await adoptAnonymous(anonymous, ada, "ada", asItIs);
  const { planQueue } = await import("../../client/change_queue.ts");
  const next = { entityType: "goal", entityId: "g1", data: { a: 2 } };
  await ada.commit("local", (rows) =>
    planQueue(rows, [{
      intent: { type: "UPDATED", ...next },
      changeId: uuid(2),
      timestamp: 1,
      schemaVersion: 0,
    }]));
  const said = [...ada.rows.queue.values()].map(({ change }) => [change.changeId, change.data]);
  assertEquals(said, [[uuid(1), { a: 1 }], [uuid(2), { a: 2 }]], "nothing is folded into it");
});

Deno.test("an edit that another tab makes in the middle of an adoption is not lost", async () => {
  const stores = memoryStore();
  const anonymous = await anonymousQueue(stores, [queued(1, { data: { a: 1 } })]);
  const { planQueue } = await import("../../client/change_queue.ts");
  const tab = new DeviceState(await stores.open("anonymous"), nobody);
  await tab.load();
  const ada = new DeviceState(await stores.open("ada"), nobody);
  await ada.load();
  const edit = () =>
    tab.commit("local", (rows) =>
      planQueue(rows, [{
        intent: { type: "UPDATED", entityType: "goal", entityId: "g1", data: { b: 2 } },
        changeId: uuid(2),
        timestamp: 1,
        schemaVersion: 0,
      }]));
  // After the claim, before the copies are deleted.
  const between = { ...ada, commit: async () => (await edit(), await realCommit()) };
  let realCommit = () => Promise.resolve(0);
  const state = {
    commit: (origin: "local", plan: Parameters<DeviceState["commit"]>[1]) => {
      realCommit = () => ada.commit(origin, plan) as Promise<number>;
      return between.commit();
    },
  } as unknown as DeviceState;
  await adoptAnonymous(anonymous, state, "ada", asItIs);
  await adoptAnonymous(anonymous, ada, "ada", asItIs);
  const data = [...ada.rows.queue.values()].reduce((all, { change }) => ({ ...all, ...change.data }), {});
  assertEquals(data, { a: 1, b: 2 });
});

Deno.test("edits on the disk are not moved into a memory that the page takes with it", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  const durable = memoryStore();
  let broken = false;
  const disk: DeviceStoreFactory = {
    async open(name) {
      if (broken && name.endsWith("ada")) throw new StorageFault("unavailable", "It hangs.");
      const store = await durable.open(name);
      return {
        kind: "indexeddb",
        close: () => store.close(),
        transact: (mode, work) => store.transact(mode, work),
      };
    },
  };
  device.store = disk;
  const first = open();
  await first.client.ready;
  await first.client.create("goal", { n: 1 });
  be("ada");
  broken = true;
  device.online = false;
  await first.client.signIn();
  assertEquals(first.client.status.state, "storage");
  await first.client.close();
  broken = false;
  device.online = true;
  const { client } = open();
  await world.until(() => client.status.userId === "ada" && isSynced(client)(), "the next page");
  assertEquals(client.list("goal").length, 1);
});

Deno.test("a site that cannot fetch a token offline is offline, not signed out", async () => {
  await using world = new World();
  const device = world.device();
  const first = device.open("ada").client;
  await world.until(isSynced(first), "synced");
  await first.close();
  device.online = false;
  const getToken = () => device.online ? world.token("ada") : Promise.reject(new TypeError("offline"));
  const { client } = device.open("ada", { getToken });
  await client.ready;
  await client.create("goal", { id: "g" });
  await world.pass(20_000);
  assertEquals([client.status.state, client.status.pending], ["offline", 1]);
});

Deno.test("a write does not wait for a token that does not come, and is its user's when one does", async () => {
  await using world = new World();
  let give = (_token: string) => {};
  const { client } = world.device().open(null, { getToken: () => new Promise((resolve) => give = resolve) });
  let stored = false;
  client.create("goal", { id: "early" }).then(() => stored = true);
  await world.until(() => stored, "it is stored", 1000);
  give(await world.token("ada"));
  await world.until(() => client.status.userId === "ada" && isSynced(client)(), "ada has it");
  assertEquals(client.list("goal").length, 1);
});

Deno.test("a token that comes while a database is being opened is not forgotten", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open(null, {
    getToken: async () => (await world.clock.sleep(201), await world.token("ada")),
  });
  await world.until(() => client.status.userId === "ada", "ada is signed in", 60_000);
});

Deno.test("with a given user id the same user can sign in again after a logout", async () => {
  await using world = new World();
  const { client } = world.device().open("ada", { userId: "ada" });
  await world.until(isSynced(client), "synced");
  await client.logout();
  await client.signIn();
  await world.until(() => client.status.userId === "ada" && isSynced(client)(), "ada is back");
});

Deno.test("a read that fails once at the start does not end the client", async () => {
  await using world = new World();
  const device = world.device();
  const before = device.open("ada").client;
  await world.until(isSynced(before), "synced");
  await before.create("goal", { id: "g" });
  await before.close();
  let faults = 1;
  const badRead = new StorageFault("unavailable", "one bad read");
  const isRead = (name: string, mode: string) => mode === "read" && name.endsWith("ada");
  const store = failingStore(device.store, (...call) => isRead(...call) && faults-- > 0 ? badRead : null);
  const { client } = device.open("ada", { ports: { store } });
  await client.ready.catch(() => {});
  await client.create("goal", { id: "h" });
  assertEquals(client.list("goal").map(({ id }) => id).sort(), ["g", "h"]);
});

Deno.test("a full disk at the start keeps nobody from reading", async () => {
  await using world = new World();
  const device = world.device();
  const before = device.open("ada").client;
  await world.until(isSynced(before), "synced");
  await before.create("goal", { id: "g" });
  await before.close();
  const store = {
    async open(name: string) {
      const inner = await device.store.open(name);
      return {
        kind: inner.kind,
        close: () => inner.close(),
        transact: <T>(mode: "read" | "write", work: (tx: StoreTransaction) => Promise<T>) =>
          inner.transact(mode, (tx) =>
            work({
              ...tx,
              put(rows) {
                if (rows.length > 0) throw new StorageFault("quota", "no room");
              },
            })),
      };
    },
  };
  const { client } = device.open("ada", { ports: { store } });
  await client.ready;
  assertEquals(client.list("goal").length, 1);
  const refused = await client.create("goal", { id: "h" }).then(() => null, (error) => error.code);
  assertEquals(refused, "quota");
});

Deno.test("who has just signed in waits neither for the trailing edge nor for a back-off", async () => {
  await using world = new World();
  const { open, be } = site(world);
  const { client } = open();
  await client.create("goal", { id: "g" });
  await world.until(() => client.status.state === "auth", "asked to sign in");
  await world.pass(20_000);
  be("ada");
  const beganMs = world.clock.monotonicMs();
  await client.signIn();
  await world.until(isSynced(client), "synced");
  assert(world.clock.monotonicMs() - beganMs < 1_000, `${world.clock.monotonicMs() - beganMs} ms`);
});

Deno.test("signing in starts nothing where the site syncs by hand", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  const { client } = open({ autoSync: false });
  await client.manualSync();
  assertEquals(client.status.state, "auth");
  be("ada");
  await client.signIn();
  await world.pass(60_000);
  assertEquals(device.requests.length, 0);
});

Deno.test("a disk that fails while the page opens: the next try finds who was here, and the device's own id", async () => {
  await using world = new World();
  const device = world.device();
  const first = device.open("ada").client;
  await world.until(isSynced(first), "synced");
  await first.close();
  let failures = 1;
  const nobodys = databaseName("tenuto", world.endpoint, null);
  const store = failingStore(device.store, (name) => name === nobodys && failures-- > 0 ? closing : null);
  const { client } = device.open("ada", { ports: { store } });
  await assertRejects(() => client.ready, SyncClientError);
  await client.create("goal", { id: "g" });
  assertEquals(client.status.userId, "ada", "an edit goes to the database of whoever was here last");
  await world.until(isSynced(client), "saved without anybody asking for a sync");
  assertEquals(await client.changeQueue.getFailedChanges(), []);
  const { metadata } = await client.changeQueueDebug.export();
  assert(/^[0-9a-f-]{36}$/.test(String(metadata.deviceId)), "the server knows which device speaks");
});

Deno.test("a database that could not be loaded does not follow the other tabs", async () => {
  await using world = new World();
  const device = world.device();
  const other = device.open("ada").client;
  await world.until(isSynced(other), "synced");
  const adas = databaseName("tenuto", world.endpoint, "ada");
  let reads = 0;
  const store = failingStore(device.store, (name) => name === adas ? (reads++, closing) : null);
  const { client } = device.open("ada", { ports: { store } });
  await assertRejects(() => client.ready, SyncClientError);
  const before = reads;
  await other.create("goal", { id: "g" });
  await world.settle();
  assertEquals(reads, before, "what was given up reads nothing more");
});

Deno.test("a listener that reads when it is told sees the records of who has signed in, and none between", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  be("ada");
  const first = open().client;
  await first.create("goal", { id: "hers" });
  await world.until(isSynced(first), "synced");
  await first.close();
  be("bob");
  const { client } = open();
  await world.until(isSynced(client), "synced");
  await client.create("goal", { id: "his" });
  await world.until(isSynced(client), "synced");
  device.online = false;
  const seen: unknown[] = [];
  client.subscribe("goal", () => seen.push(client.list("goal").map(({ id }) => id)));
  be("ada");
  await client.signIn();
  assertEquals([client.status.userId, seen], ["ada", [[], ["hers"]]]);
});

Deno.test("that somebody must sign in is told once, and again when a person asks for a sync", async () => {
  await using world = new World();
  const { client } = site(world).open();
  const reasons: string[] = [];
  client.addEventListener("auth-required", ({ detail }) => reasons.push(detail.reason));
  await world.pass(3_600_000);
  assertEquals(reasons, ["signed_out"], "not with every attempt of an hour");
  await client.manualSync();
  assertEquals(reasons.length, 2);
  await client.signIn();
  await world.pass(600_000);
  assertEquals(reasons.length, 3, "the site has said that there may be a token, and there was none");
});

Deno.test("a migration from localStorage asked for before the sign-in waits for it, or for the end", async () => {
  await using world = new World();
  const { device, open, be } = site(world);
  device.marks.set("mirubato:logbook:goals", JSON.stringify([{ id: "g", title: "Old", milestones: [] }]));
  const { client } = open();
  const migrating = client.migrateFromLocalStorage();
  await client.ready;
  await world.pass(60_000);
  assertEquals(client.status.pending, 0);
  be("ada");
  await client.signIn();
  assertEquals((await migrating).goalsMigrated, 1);
  await world.until(isSynced(client), "synced");
  assertEquals(client.get("goal", "g")?.title, "Old");
  const other = world.device().open(null).client;
  await other.ready;
  const left = other.migrateFromLocalStorage().catch((error) => error.code);
  await world.settle();
  await other.close();
  assertEquals(await left, "closed");
});

Deno.test("a token that the site finds only after somebody else has signed in is not theirs", async () => {
  await using world = new World();
  const device = world.device();
  let give: () => Promise<string> = () => world.token("ada");
  const { client } = device.open(null, { getToken: () => give() });
  await world.until(isSynced(client), "ada is synced");
  await client.create("goal", { secret: "ada's" });
  await world.until(isSynced(client), "saved");
  // The token is refused, and the site refreshes ada's session slowly.
  const adasToken = await world.token("ada", 7_200_000);
  const slow = Promise.withResolvers<string>();
  let refusals = 1;
  device.network = (_request, pass) => refusals-- > 0 ? Promise.resolve(refuse("token_expired")) : pass();
  give = () => slow.promise;
  void client.manualSync();
  await world.settle();
  give = () => world.token("bob");
  await client.signIn();
  await world.until(() => client.status.userId === "bob" && isSynced(client)(), "bob is synced");
  slow.resolve(adasToken);
  await world.pass(60_000);
  assertEquals([client.status.userId, client.list("goal")], ["bob", []]);
});

Deno.test("who signs in again after a logout in another tab is remembered as after one in the same tab", async () => {
  await using world = new World();
  const { open, be } = site(world);
  be("ada");
  const [first, second] = [open().client, open().client];
  await world.until(() => isSynced(first)() && isSynced(second)(), "both tabs are synced");
  await first.logout();
  await world.settle();
  await first.close();
  await second.signIn();
  await world.until(() => second.status.userId === "ada" && isSynced(second)(), "signed in again");
  await second.close();
  be(null);
  const third = open().client;
  await world.pass(1_000);
  await third.create("goal", { diary: "ada's" });
  be("bob");
  await third.signIn();
  await world.until(() => third.status.userId === "bob" && isSynced(third)(), "bob is synced");
  assertEquals(third.list("goal"), [], "what was written in an expired session is its user's");
});

Deno.test("a logout concerns the tabs of that user, not those of another one", async () => {
  await using world = new World();
  const device = world.device();
  const ada = device.open("ada", { userId: "ada" }).client;
  const bob = device.open("bob", { userId: "bob" }).client;
  await world.until(() => isSynced(ada)() && isSynced(bob)(), "both are synced");
  await ada.logout();
  await world.pass(60_000);
  assertEquals([bob.status.userId, bob.status.state], ["bob", "synced"]);
});

Deno.test("a database whose first load fails is opened again without anybody asking", async () => {
  await using world = new World();
  const device = world.device();
  const first = device.open("ada").client;
  await world.until(isSynced(first), "synced");
  device.online = false;
  await first.create("goal", { id: "g" });
  await first.close();
  device.online = true;
  const adas = databaseName("tenuto", world.endpoint, "ada");
  let failures = 1;
  const store = failingStore(device.store, (name) => name === adas && failures-- > 0 ? closing : null);
  const { client } = device.open("ada", { ports: { store } });
  await assertRejects(() => client.ready, SyncClientError);
  await world.until(isSynced(client), "saved by a page that only shows");
  assertEquals(client.list("goal").length, 1);
});
