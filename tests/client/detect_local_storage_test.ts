import { assertEquals } from "@std/assert";
import type { LocalMigration, SyncClientOptions } from "../../client/mod.ts";
import { type Device, World } from "./world/world.ts";

const entry = { id: "e1", timestamp: "2025-07-30T22:15:00.000Z", duration: 45, type: "PRACTICE" };
const goal = { id: "g1", title: "From memory", progress: 35, status: "active" };

/** What an older version left in the browser. */
function leave(device: Device, keys = ["mirubato:logbook:entries", "mirubato:logbook:goals"]): void {
  device.marks.set(keys[0]!, JSON.stringify([entry]));
  device.marks.set(keys[1]!, JSON.stringify([goal, { title: "no id" }]));
}

/** Opens a page and lets it sync; gives what it took over. */
async function start(device: Device, user: string | null, options: Partial<SyncClientOptions>) {
  const migrations: LocalMigration[] = [];
  const { client } = device.open(user, options);
  client.addEventListener("migrated", ({ detail }) => migrations.push(detail));
  await client.ready;
  await device.world.settle();
  await device.world.pass(30_000);
  return { client, migrations };
}

Deno.test("what an older version left is taken over at the first start, without a call", async () => {
  await using world = new World();
  const device = world.device();
  leave(device);
  const { client, migrations } = await start(device, "ada", { migrateLocalStorage: true });
  assertEquals(
    migrations.map(({ entriesMigrated, goalsMigrated, skipped }) => [
      entriesMigrated,
      goalsMigrated,
      skipped.length,
    ]),
    [[1, 1, 1]],
  );
  assertEquals(client.get("logbook_entry", "e1")?.type, "practice");
  assertEquals(client.status.pending, 0);
  assertEquals((await client.getStatus()).totalChanges, 2);
  assertEquals(device.marks.get("mirubato:logbook:entries"), JSON.stringify([entry]));
  await client.close();
  const again = await start(device, "ada", { migrateLocalStorage: true });
  assertEquals(again.migrations, []);
  assertEquals((await again.client.getStatus()).totalChanges, 2);
});

Deno.test("a site that does not ask for it, or where nothing is left, gets nothing and no mark", async () => {
  await using world = new World();
  const [asked, left] = [world.device(), world.device()];
  leave(left);
  for (const [device, options] of [[asked, { migrateLocalStorage: true }], [left, {}]] as const) {
    const { client, migrations } = await start(device, "ada", options);
    assertEquals([migrations, client.list("goal"), device.marks.get("migrated:tenuto")], [[], [], null]);
  }
});

Deno.test("the records go to the first who signs in, not to anybody after", async () => {
  await using world = new World();
  const device = world.device();
  leave(device);
  const nobody = await start(device, null, { migrateLocalStorage: true });
  assertEquals(nobody.migrations, []);
  await nobody.client.close();
  const ada = await start(device, "ada", { migrateLocalStorage: true });
  assertEquals(ada.migrations.length, 1);
  await ada.client.close();
  const bob = await start(device, "bob", { migrateLocalStorage: true });
  assertEquals([bob.migrations, bob.client.list("goal")], [[], []]);
  await bob.client.close();
  // Whose they are is known even when the browser has thrown the database away: the same changes, known again.
  device.store = world.device().store;
  const again = await start(device, "ada", { migrateLocalStorage: true });
  assertEquals(again.migrations.length, 1);
  assertEquals((await again.client.getStatus()).totalChanges, 2);
});

Deno.test("the keys are the site's to name", async () => {
  await using world = new World();
  const device = world.device();
  leave(device, ["log", "aims"]);
  const options = { migrateLocalStorage: { entriesKey: "log", goalsKey: "aims" } };
  const { migrations } = await start(device, "ada", options);
  assertEquals(migrations.map((found) => [found.entriesMigrated, found.goalsMigrated]), [[1, 1]]);
});
