import { assert, assertEquals, assertRejects } from "@std/assert";
import { SyncClientError } from "../../client/mod.ts";
import { isSynced } from "./world/is_synced.ts";
import { World } from "./world/world.ts";

Deno.test("an edit made on one device reaches another device of the same user", async () => {
  await using world = new World();
  const phone = world.device().open("ada").client;
  const laptop = world.device().open("ada").client;
  await world.until(
    () => phone.status.state === "synced" && laptop.status.state === "synced",
    "both are synced",
  );
  const id = await phone.create("goal", { title: "Clair de Lune" });
  assertEquals(phone.get("goal", id), { title: "Clair de Lune", id });
  assertEquals(phone.status.state, "pending");
  await world.until(() => laptop.get("goal", id) !== undefined, "the laptop has it");
  await phone.update("goal", id, { title: "Arabesque" }, { unset: ["composer"] });
  await world.until(() => laptop.get("goal", id)?.title === "Arabesque", "the laptop has the update");
  await laptop.remove("goal", id);
  await world.until(() => phone.get("goal", id) === undefined, "it is deleted on the phone");
  assert(phone.status.state === "synced");
});

Deno.test("edits made offline survive a reload and are sent when the network is back", async () => {
  await using world = new World();
  const device = world.device();
  const before = device.open("ada").client;
  await world.until(() => before.status.state === "synced", "the first page is synced");
  device.online = false;
  const id = await before.create("goal", { title: "offline" });
  const id2 = await before.create("goal", { title: "also offline" });
  await before.update("goal", id, { progress: 10 });
  await world.pass(10_000);
  assertEquals(before.status.state, "offline");
  await before.close();
  const after = device.open("ada");
  await world.until(() => after.client.get("goal", id) !== undefined, "the reloaded page shows it");
  assertEquals(after.client.get("goal", id), { title: "offline", id, progress: 10 });
  assertEquals(after.client.status.pending, 3);
  device.online = true;
  after.signals.send("online");
  await world.until(() => after.client.status.state === "synced", "everything is sent");
  const other = world.device().open("ada").client;
  await world.until(() => other.list("goal").length === 2, "the other device shows both");
  assertEquals(other.get("goal", id2), { title: "also offline", id: id2 });
});

Deno.test("a sync that waits for its turn is told when the site pauses", async () => {
  await using world = new World();
  const { client } = world.device().open("ada");
  await world.until(isSynced(client), "synced");
  let code: string | undefined;
  void client.sync().then(({ error }) => code = error?.code);
  await world.settle();
  assertEquals(code, undefined, "it waits for the 5 s");
  await client.pause();
  await world.settle();
  assertEquals(code, "paused");
});

Deno.test("a client that is closed while it starts settles what was asked of it and leaves no timer", async () => {
  for (let turns = 0; turns < 30; turns++) {
    await using world = new World();
    const { client } = world.device().open("ada");
    const told: unknown[] = [];
    void client.sync().then(({ error }) => told.push(error?.code), (error) => told.push(error.code));
    await client.ready;
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    void client.close().then(() => told.push("done"));
    await world.settle();
    assertEquals([told.toSorted(), world.clock.nextInMs], [["closed", "done"], null], `after ${turns} turns`);
  }
});

Deno.test("of pause and resume the later one counts, also before the client is ready", async () => {
  await using world = new World();
  const { client } = world.device().open("ada");
  const resumed = client.resume();
  await client.pause();
  await resumed;
  await world.pass(60_000);
  assertEquals([client.status.pausedBy, world.requests.length], ["site", 0]);
  await client.resume();
  await world.until(isSynced(client), "synced");
});

Deno.test("what is no record is refused by create, and leaves nothing behind", async () => {
  await using world = new World();
  const { client } = world.device().open("ada", { autoSync: false });
  for (const data of [null, undefined, "text", 5, ["a"]]) {
    const error = await assertRejects(() => client.create("goal", data as never), SyncClientError);
    assertEquals(error.code, "invalid_change");
  }
  assertEquals([client.list("goal"), client.status.pending], [[], 0]);
});

Deno.test("what a page asks for at its start does not delay its first sync", async () => {
  await using world = new World();
  const getToken = async () => {
    await world.clock.sleep(100);
    return await world.token("ada");
  };
  const { client } = world.device().open(null, { getToken });
  const asked = client.changeQueue.getFailedChanges();
  await world.until(isSynced(client), "synced");
  await asked;
  assertEquals(world.clock.monotonicMs(), 100);
});
