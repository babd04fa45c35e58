import { assertEquals, assertRejects } from "@std/assert";
import { StorageFault } from "../../client/ports.ts";
import { failingStore } from "./world/failing_store.ts";
import { isSynced } from "./world/is_synced.ts";
import { readExchange, rejectEach } from "./world/reply.ts";
import { World } from "./world/world.ts";

Deno.test("undo goes one step back each time, whatever is edited while it is being written", async () => {
  for (let turns = 0; turns < 40; turns++) {
    await using world = new World();
    const { client } = world.device().open("ada", { autoSync: false });
    await client.ready;
    await client.create("goal", { id: "before" });
    const undone = client.undo();
    // Each number of turns lets the edit meet the undo at another step.
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await Promise.all([undone, client.create("goal", { id: "meanwhile" })]);
    assertEquals(client.list("goal").length, 1, `after ${turns} turns`);
    await client.undo();
    assertEquals(client.list("goal"), [], `after ${turns} turns`);
    await assertRejects(() => client.undo(), Error, "nothing was changed");
  }
});

Deno.test("undo takes back the last edit that has left a trace", async () => {
  await using world = new World();
  const { client } = world.device().open("ada", { autoSync: false });
  await client.create("goal", { id: "g", n: 1 });
  await client.update("goal", "missing", { n: 2 });
  await client.remove("goal", "missing");
  await client.update("goal", "g", { n: 1 });
  await client.undo();
  assertEquals(client.list("goal"), []);
  await client.create("goal", { id: "given up" });
  await client.changeQueueDebug.clear();
  await assertRejects(() => client.undo(), Error, "nothing was changed");
  assertEquals(client.status.pending, 0, "nothing is queued to take back what is gone");
});

Deno.test("two undos asked for at once go two steps back", async () => {
  await using world = new World();
  const { client } = world.device().open("ada", { autoSync: false });
  await client.create("goal", { id: "g" });
  await client.remove("goal", "g");
  await Promise.all([client.undo(), client.undo()]);
  assertEquals(client.list("goal"), []);
  await assertRejects(() => client.undo(), Error, "nothing was changed");
});

Deno.test("an undo that could not be stored can be tried again", async () => {
  await using world = new World();
  const device = world.device();
  let full = false;
  const fault = new StorageFault("quota", "The disk is full.");
  device.store = failingStore(device.store, (_name, mode) => full && mode === "write" ? fault : null);
  const { client } = device.open("ada", { autoSync: false });
  await client.create("goal", { id: "first" });
  await client.create("goal", { id: "second" });
  full = true;
  await assertRejects(() => client.undo(), Error, "The disk is full.");
  full = false;
  await client.undo();
  assertEquals(client.list("goal").map(({ id }) => id), ["first"], "not a step too far");
});

Deno.test("undo passes over an edit that was refused, and leaves what others have written since", async () => {
  await using world = new World();
  const [device, other] = [world.device(), world.device().open("ada").client];
  await other.create("goal", { id: "g", title: "first" });
  await world.until(isSynced(other), "saved");
  const { client } = device.open("ada");
  await world.until(isSynced(client), "synced");
  device.network = async (request) => rejectEach((await readExchange(request))!, world.clock.wallMs());
  const { changeId } = await client.queueChange({
    type: "UPDATED",
    entityType: "goal",
    entityId: "g",
    data: { title: "refused" },
  });
  await world.until(() => client.status.failed === 1, "refused");
  device.network = (_request, pass) => pass();
  await client.discard(changeId);
  await other.update("goal", "g", { title: "theirs" });
  await world.until(() => client.get("goal", "g")?.title === "theirs", "pulled");
  await assertRejects(() => client.undo(), Error, "Cannot undo");
});

for (const theme of ["light", "dark"]) {
  Deno.test(`undo does not delete a record that another device had made before, ${theme} or not`, async () => {
    await using world = new World();
    const other = world.device().open("ada").client;
    await other.create("setting", { id: "main", theme: "dark" });
    await world.until(isSynced(other), "saved");
    const device = world.device();
    device.online = false;
    const { client } = device.open("ada");
    await client.create("setting", { id: "main", theme });
    device.online = true;
    await world.until(() => client.status.pending === 0 && client.status.lastSyncTime !== null, "settled");
    await assertRejects(() => client.undo(), Error, "Cannot undo");
    await world.pass(60_000);
    assertEquals(other.get("setting", "main"), { id: "main", theme: "dark" });
  });
}

Deno.test("an undo whose turn comes while the account changes takes nothing back, and says so", async () => {
  await using world = new World();
  const device = world.device();
  const sound = device.store;
  let slow = false;
  device.store = {
    async open(name) {
      if (slow) await world.clock.sleep(1000);
      const store = await sound.open(name);
      return {
        kind: store.kind,
        close: () => store.close(),
        async transact(mode, work) {
          if (slow && mode === "write") await world.clock.sleep(1000);
          return await store.transact(mode, work);
        },
      };
    },
  };
  let user = "ada";
  const { client } = device.open(null, { getToken: () => world.token(user), autoSync: false });
  await world.until(() => client.status.userId === "ada", "ada is here");
  for (const id of ["first", "second", "third"]) await client.create("goal", { id });
  slow = true;
  const codes: string[] = [];
  const undo = () => client.undo().then(() => codes.push("undone"), ({ code }) => codes.push(code));
  const work = [undo(), undo(), undo()];
  await world.settle();
  user = "bob";
  work.push(client.signIn().then(() => 0));
  await world.pass(60_000);
  await Promise.all(work);
  assertEquals(codes, ["undone", "undone", "nothing_to_undo"]);
  slow = false;
  user = "ada";
  const back = client.signIn();
  await world.pass(1000);
  await back;
  assertEquals(client.list("goal").map(({ id }) => id), ["first"]);
});

Deno.test("undo takes back a failed edit as it was corrected, and not the creation of its record", async () => {
  await using world = new World();
  const { client } = world.device().open("ada");
  await client.create("goal", { id: "g", a: "x".repeat(200_000) });
  await world.until(isSynced(client), "synced");
  await client.update("goal", "g", { b: "x".repeat(200_000) });
  await world.until(() => client.status.failed === 1, "refused: too large together");
  const [failed] = await client.changeQueue.getFailedChanges();
  await client.retry(failed!.changeId, { b: "short", c: "added as it was corrected" });
  await world.until(isSynced(client), "saved as corrected");
  assertEquals(Object.keys(client.get("goal", "g")!), ["id", "a", "b", "c"]);
  await client.undo();
  assertEquals(Object.keys(client.get("goal", "g") ?? {}), ["id", "a"]);
});
