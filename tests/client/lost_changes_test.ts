/** What is said when the browser throws the database away, with more than one tab; see also `accounts_test.ts`. */
import { assertEquals } from "@std/assert";
import { IDBFactory } from "fake-indexeddb";
import { indexedDbStore } from "../../client/adapters/indexed_db_store.ts";
import { databaseName } from "../../client/device_account.ts";
import { DeviceState } from "../../client/device_state.ts";
import { memoryStore } from "../../client/mod.ts";
import { LostChanges } from "../../client/network/lost_changes.ts";
import { StorageFault } from "../../client/ports.ts";
import { rowKey } from "../../client/rows.ts";
import type { Session } from "../../client/session.ts";
import { deleteDatabases } from "./world/delete_databases.ts";
import { isSynced } from "./world/is_synced.ts";
import { queued } from "./world/make_rows.ts";
import { type Device, World } from "./world/world.ts";

/** State of a page that opens after the browser has thrown everything away. */
async function stateAfterEviction(world: World, device: Device): Promise<string> {
  device.store = memoryStore();
  device.online = true;
  const { client } = device.open("ada");
  await world.pass(10_000);
  return client.status.state;
}

Deno.test("an edit made after another tab has sent this tab's last one is missed when it is thrown away", async () => {
  await using world = new World();
  const device = world.device();
  const one = device.open("ada");
  await world.until(isSynced(one.client), "one is open");
  await one.client.create("goal", { n: 1 });
  const other = device.open("ada");
  await other.client.manualSync();
  await world.until(isSynced(one.client), "saved by the other");
  device.online = false;
  await one.client.create("goal", { n: 2 });
  await one.client.close();
  await other.client.close();
  assertEquals(await stateAfterEviction(world, device), "lost");
});

Deno.test("an edit that another tab has sent is not missed when the browser throws everything away", async () => {
  await using world = new World();
  const device = world.device();
  const tabs = [device.open("ada"), device.open("ada")] as const;
  for (const { client } of tabs) await world.until(isSynced(client), "open");
  await tabs[0].client.create("goal", { n: 1 });
  await tabs[1].client.manualSync();
  for (const { client } of tabs) await client.close();
  assertEquals(await stateAfterEviction(world, device), "synced");
});

for (const emptied of ["the databases alone", "everything"]) {
  Deno.test(`an edit is missed when ${emptied} is thrown away under an open page`, async () => {
    await using world = new World();
    const factory = new IDBFactory();
    const device = world.device();
    device.store = indexedDbStore(world.clock, factory as unknown as globalThis.IDBFactory);
    const { client } = device.open("ada");
    await world.until(isSynced(client), "synced");
    device.online = false;
    await client.create("goal", { id: "g" });
    await deleteDatabases(factory);
    const mark = `pending:${databaseName("tenuto", world.endpoint, "ada")}`;
    assertEquals(device.marks.get(mark), "1");
    if (emptied === "everything") device.marks.set(mark, null);
    device.online = true;
    await world.pass(60_000);
    assertEquals([client.status.state, client.status.pending], ["lost", 0]);
  });
}

Deno.test("a tab that has not heard yet what another one has queued does not miss it", async () => {
  const store = await memoryStore().open("ada");
  const observer = { before() {}, after() {} };
  const [other, state] = [new DeviceState(store, observer), new DeviceState(store, observer)];
  const marks = new Map<string, string | null>();
  const told: string[] = [];
  const session = (state: DeviceState) => ({ name: "ada", state }) as unknown as Session;
  const watch = (state: DeviceState) => {
    const own = session(state);
    const board = { set: ({ lost }: { lost?: string | null }) => void told.push(lost ?? "") };
    return new LostChanges(
      { session: own, board },
      { get: (key) => marks.get(key) ?? null, set: (key, value) => marks.set(key, value) },
      own,
    );
  };
  await other.load();
  await state.load();
  await other.commit("local", () => ({ put: [[rowKey.queue(1), queued(1)]], result: undefined }));
  watch(other).update();
  watch(state).update();
  await state.idle();
  assertEquals([told, marks.get("pending:ada")], [[], "1"]);
});

Deno.test("a tab that goes on in memory leaves the mark of the tabs that keep things", async () => {
  await using world = new World();
  const device = world.device();
  device.online = false;
  const { client } = device.open("ada");
  await client.create("goal", { id: "g" });
  await world.settle();
  const mark = `pending:${databaseName("tenuto", world.endpoint, "ada")}`;
  const store = { open: () => Promise.reject(new StorageFault("unavailable", "It hangs.")) };
  const set: unknown[] = [];
  const marks = { ...device.marks, set: (key: string, value: string | null) => void set.push([key, value]) };
  const other = device.open("ada", { ports: { store, marks } }).client;
  await world.pass(60_000);
  assertEquals(device.marks.get(mark), "1");
  assertEquals([other.status.state, set], ["storage", []]);
});

Deno.test("a loss that is noticed as its user leaves is told when they come back, and not to the next one", async () => {
  await using world = new World();
  const factory = new IDBFactory();
  const device = world.device();
  const sound = indexedDbStore(world.clock, factory as unknown as globalThis.IDBFactory);
  device.store = {
    async open(name) {
      // Long enough for the schedule to come round while nobody's database is open.
      if (name.endsWith("bob")) await world.clock.sleep(600_000);
      return sound.open(name);
    },
  };
  let user = "ada";
  const { client } = device.open(null, { getToken: () => world.token(user) });
  await world.until(isSynced(client), "ada is synced");
  device.online = false;
  await client.create("goal", { id: "g" });
  await deleteDatabases(factory);
  const told: string[] = [];
  client.addEventListener("status", ({ detail }) => told.push(detail.state));
  const signIn = async (next: string) => {
    user = next;
    const signedIn = client.signIn();
    await world.pass(900_000);
    await signedIn;
    assertEquals(client.status.userId, next);
  };
  await signIn("bob");
  assertEquals([client.status.state, told.includes("lost")], ["offline", false], told.join());
  device.online = true;
  await signIn("ada");
  assertEquals(client.status.state, "lost");
});
