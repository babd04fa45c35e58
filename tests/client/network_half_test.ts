import { assertEquals } from "@std/assert";
import type { ChangeIntent } from "../../shared/mod.ts";
import { StorageFault, type StoreTransaction } from "../../client/ports.ts";
import { refuse } from "./world/reply.ts";
import { isSynced } from "./world/is_synced.ts";
import { type Device, World } from "./world/world.ts";

Deno.test("edits of a page that is signed out ask nobody to sign in again, also while a failed change is shown", async () => {
  for (const failed of [0, 1]) {
    await using world = new World();
    const device = world.device();
    let signedIn = true;
    let asked = 0;
    const getToken = () => (asked++, signedIn ? world.token("ada", 3_600_000 - asked * 1000) : null);
    const { client } = device.open(null, { getToken });
    await world.until(isSynced(client), "synced");
    if (failed) await client.update("goal", "never made", { n: 1 });
    await world.until(() => client.status.failed === failed && client.status.pending === 0, "it is refused");
    signedIn = false;
    device.network = (_request, pass) => signedIn ? pass() : Promise.resolve(refuse("token_expired"));
    let told = 0;
    client.addEventListener("auth-required", () => told++);
    await client.create("goal", { n: 0 });
    await world.pass(60_000);
    assertEquals([client.status.state, told], [failed ? "failed" : "auth", 1]);
    const before = asked;
    for (let n = 0; n < 10; n++) {
      await client.create("goal", { n });
      await world.settle();
    }
    assertEquals([asked - before, told], [0, 1], "edits wait for the schedule");
    signedIn = true;
    await client.signIn();
    await world.settle();
    assertEquals(client.status.pending, 0, "a sign-in sends them at once");
  }
});

/** The stores of `device`, of which writes to the databases of `names` fail as long as `faulty()` says so. */
function faultyWrites(device: Device, faulty: (name: string) => boolean): void {
  const sound = device.store;
  device.store = {
    async open(name) {
      const store = await sound.open(name);
      return {
        kind: "indexeddb",
        close: () => store.close(),
        transact: <T>(mode: "read" | "write", work: (tx: StoreTransaction) => Promise<T>) =>
          mode === "write" && faulty(name)
            ? Promise.reject(new StorageFault("unavailable", "The browser's local database failed."))
            : store.transact(mode, work),
      };
    },
  };
}

Deno.test("edits made before a sign-in are adopted although the disk fails for a moment, and nothing is called saved before", async () => {
  await using world = new World();
  const device = world.device();
  let faulty = false;
  // The own database works all along: syncing goes on, and must not hide that something is missing.
  faultyWrites(device, (name) => faulty && !name.endsWith("ada"));
  let user: string | null = null;
  const { client } = device.open(null, { getToken: () => user && world.token(user) });
  const created = client.create("goal", { id: "before" });
  await world.pass(1_000);
  await created;
  user = "ada";
  faulty = true;
  const seen = new Set<string>();
  let faults = 0;
  client.addEventListener("status", ({ detail }) => void (detail.userId === "ada" && seen.add(detail.state)));
  client.addEventListener("storage", () => faults++);
  const signedIn = client.signIn();
  await world.pass(1_000);
  await signedIn;
  await world.pass(60_000);
  assertEquals([client.status.state, faults], ["storage", 2], "told when it happened, not with every try");
  await client.create("goal", { id: "after" });
  await world.pass(60_000);
  assertEquals([client.status.pending, seen.has("synced"), faults], [0, false, 2]);
  faulty = false;
  await world.until(isSynced(client), "everything is saved", 31_000);
  const fresh = world.device().open("ada").client;
  await world.until(isSynced(fresh), "a fresh device");
  assertEquals(fresh.list("goal").map(({ id }) => id).sort(), ["after", "before"]);
  assertEquals([client.list("goal").length, client.status.storageProblem], [2, undefined]);
});

Deno.test("an adoption that failed for one user is not made up for in the session of the next", async () => {
  await using world = new World();
  const device = world.device();
  let faulty = false;
  faultyWrites(device, (name) => faulty && name.endsWith("ada"));
  let user: string | null = null;
  const { client } = device.open(null, { getToken: () => user && world.token(user) });
  const created = client.create("goal", { id: "before" });
  await world.pass(1_000);
  await created;
  for (const next of ["ada", "bob"]) {
    user = next;
    faulty = next === "ada";
    const signedIn = client.signIn();
    await world.pass(1_000);
    await signedIn;
  }
  await world.until(isSynced(client), "the next user is served");
  assertEquals([client.status.userId, client.list("goal").length], ["bob", 0], "they are claimed by another");
});

Deno.test("a migration from localStorage that is asked for in the tick of the end is told so", async () => {
  await using world = new World();
  const { client } = world.device().open(null);
  const ready = client.ready;
  await world.pass(1_000);
  await ready;
  const left = client.migrateFromLocalStorage().catch((error) => error.code);
  const closed = client.close();
  await world.settle();
  await closed;
  assertEquals(await Promise.race([left, Promise.resolve("nothing yet")]), "closed");
});

/** A client of `world` whose sync waits for a lock that another tab holds until `release`. */
async function waitingForLock(world: World, getToken: () => Promise<string>) {
  const device = world.device();
  const { client } = device.open(null, { getToken });
  await world.until(isSynced(client), "synced");
  const { promise, resolve: release } = Promise.withResolvers<void>();
  void device.lock().run(`tenuto\u0001${world.endpoint}\u0001ada`, 0, () => promise);
  await client.create("goal", { id: "g" });
  const syncing = client.manualSync();
  await world.settle();
  return { device, client, release, syncing, requests: device.requests.length };
}

Deno.test("a client that is closed while it waits for another tab is closed at once, and sends nothing more", async () => {
  await using world = new World();
  const { device, client, release, syncing, requests } = await waitingForLock(
    world,
    () => world.token("ada"),
  );
  let closed = false;
  client.close().then(() => closed = true);
  await world.settle();
  assertEquals(closed, true);
  assertEquals((await syncing).error?.code, "closed");
  release();
  await world.pass(60_000);
  assertEquals(device.requests.length, requests);
});

Deno.test("who signs in or out does not wait for another tab's exchange, nor do their edits", async () => {
  await using world = new World();
  let user = "ada";
  const { client, release } = await waitingForLock(world, () => world.token(user));
  const refused = client.logout().catch((error) => error.code);
  await world.settle();
  assertEquals(await refused, "pending_changes");
  const again = client.manualSync();
  await world.settle();
  user = "bob";
  const signedIn = client.signIn();
  await world.settle();
  assertEquals(client.status.userId, "bob");
  await signedIn;
  assertEquals((await again).error?.code, "closed");
  await client.create("goal", { id: "bob's" });
  release();
  await world.until(isSynced(client), "bob is synced");
  user = "ada";
  await client.signIn();
  await world.until(isSynced(client), "ada's edit has waited");
  assertEquals(client.list("goal"), [{ id: "g" }]);
});

Deno.test("a logout that was refused does not keep the account from syncing", async () => {
  await using world = new World();
  const { client, release } = await waitingForLock(world, () => world.token("ada"));
  const refused = client.logout().catch((error) => error.code);
  await world.settle();
  assertEquals(await refused, "pending_changes");
  let applied = 0;
  client.addEventListener("applied", () => applied++);
  release();
  assertEquals((await client.manualSync()).success, true);
  assertEquals(applied, 1, "no exchange that was given up has gone on unheard");
  await client.logout();
});

Deno.test("what the service worker pulls, which knows no schemas, is shown in today's schema at once", async () => {
  await using world = new World();
  const device = world.device();
  const phone = world.device().open("ada").client;
  await world.until(isSynced(phone), "another device");
  await phone.create("goal", { id: "g", name: "old shape" });
  await phone.manualSync();
  const migrate = ({ data, ...intent }: ChangeIntent): ChangeIntent => {
    if (!data || !("name" in data)) return { ...intent, ...(data && { data }) };
    const { name, ...others } = data;
    return { ...intent, data: { ...others, title: name! } };
  };
  const sound = device.store;
  let writes = 0;
  faultyWrites(device, () => (writes++, false));
  const page = device.open("ada", { entityTypes: { goal: { schemaVersion: 1, migrate } } }).client;
  device.store = sound;
  await world.until(isSynced(page), "the page");
  const drain = async () => {
    const worker = device.open("ada", { autoSync: false, userId: "ada" }).client;
    await worker.ready;
    assertEquals((await worker.manualSync()).success, true);
    await worker.close();
    await world.settle();
  };
  await phone.update("goal", "g", { n: 2 });
  await phone.manualSync();
  await drain();
  assertEquals(page.get("goal", "g"), { id: "g", title: "old shape", n: 2 });
  const before = writes;
  await drain();
  assertEquals(writes, before, "there is nothing to lift");
});
