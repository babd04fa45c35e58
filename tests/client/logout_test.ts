/** What a logout takes with it, whatever else goes on; see also `accounts_test.ts`. */
import { assertEquals, assertRejects } from "@std/assert";
import { databaseName } from "../../client/device_account.ts";
import type { DeviceStoreFactory } from "../../client/ports.ts";
import { isSynced } from "./world/is_synced.ts";
import { World } from "./world/world.ts";

Deno.test("a logout that a close has overtaken is refused, and has forgotten nobody", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open("ada");
  await client.create("goal", { id: "g" });
  await world.until(isSynced(client), "saved");
  const out = assertRejects(() => client.logout(), Error, "closed");
  await client.close();
  await out;
  const next = device.open(null).client;
  await next.ready;
  assertEquals([next.status.userId, next.list("goal").length], ["ada", 1]);
});

Deno.test("what another tab pulls while one logs out does not stay on the disk", async () => {
  await using world = new World();
  const device = world.device();
  const stores = device.store;
  let slow = false;
  // A busy phone, once the logout has begun.
  const slowStore: DeviceStoreFactory = {
    async open(name) {
      if (slow) await world.clock.sleep(300);
      return await stores.open(name);
    },
  };
  const a = device.open("ada", { ports: { store: slowStore } }).client;
  const b = device.open("ada").client;
  await a.create("goal", { id: "g" });
  for (const client of [a, b]) await world.until(isSynced(client), "saved");
  await world.pass(10_000);
  device.network = async (_request, pass) => {
    await world.clock.sleep(100);
    return await pass();
  };
  void b.manualSync();
  await world.pass(50);
  slow = true;
  await Promise.all([a.logout(), world.pass(2_000)]);
  await world.pass(5_000);
  const left = await stores.open(databaseName("tenuto", world.endpoint, "ada"));
  assertEquals(await left.transact("read", (tx) => tx.list(["base"])), []);
});

Deno.test("records of localStorage that were taken over and erased do not come back after a logout", async () => {
  await using world = new World();
  const device = world.device();
  device.marks.set("mirubato:logbook:goals", JSON.stringify([{ id: "g", title: "Old", milestones: [] }]));
  let user: string | null = "ada";
  const getToken = () => user === null ? null : world.token(user);
  const { client } = device.open(null, { getToken, migrateLocalStorage: true });
  await world.until(() => client.get("goal", "g") !== undefined && isSynced(client)(), "taken over");
  const headers = { Authorization: `Bearer ${await world.token("ada")}` };
  await world.fetch(new Request(`${world.endpoint}/data`, { method: "DELETE", headers }));
  await client.manualSync();
  await world.until(isSynced(client), "erased");
  user = null;
  await client.logout();
  user = "ada";
  await client.signIn();
  await world.pass(60_000);
  assertEquals([client.status.userId, client.list("goal")], ["ada", []]);
});

Deno.test("a logout does not call discarded what another tab has saved", async () => {
  await using world = new World();
  const device = world.device();
  // Tabs that do not hear of each other.
  const channel = { open: () => ({ post() {}, close() {} }) };
  const [a, b] = [1, 2].map(() => device.open("ada", { autoSync: false, ports: { channel } }).client);
  await Promise.all([a!.ready, b!.ready]);
  const { synced } = await a!.queueChange({ type: "CREATED", entityType: "goal", entityId: "g", data: {} });
  // The first one finds out what the other tab has queued.
  for (let n = 0; n < 2; n++) await b!.manualSync();
  await a!.logout();
  assertEquals((await synced).status, "applied");
});

Deno.test("a tab that syncs by hand shows another tab's logout", async () => {
  await using world = new World();
  const device = world.device();
  const a = device.open("ada").client;
  const b = device.open("ada", { autoSync: false }).client;
  await world.until(isSynced(a), "a is synced");
  await b.manualSync();
  await a.logout();
  await world.settle();
  assertEquals([b.status.userId, b.status.state], [null, "auth"]);
});

Deno.test("a logout on a signed-out page keeps no other page from finding its token", async () => {
  await using world = new World();
  const device = world.device();
  let user: string | null = null;
  const open = () => device.open(null, { getToken: () => user === null ? null : world.token(user) }).client;
  const [login, app] = [open(), open()];
  await Promise.all([login.ready, app.ready]);
  // A sign-in page that begins by logging out.
  await login.logout();
  user = "ada";
  await world.until(() => app.status.userId === "ada", "the app's page finds it");
  // The other page may be asking for its token, too.
  await world.settle();
});
