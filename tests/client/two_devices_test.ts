import { StorageFault } from "../../client/ports.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type OpenConflict, type SyncClient, SyncClientError } from "../../client/mod.ts";
import { failingStore } from "./world/failing_store.ts";
import { isSynced } from "./world/is_synced.ts";
import { withoutReportError } from "./world/without_report_error.ts";
import { World } from "./world/world.ts";

/** Two devices of one user that both have goal `g`, and are offline. */
async function apart(world: World) {
  const [phone, laptop] = [world.device(), world.device()];
  const [a, b] = [phone.open("ada").client, laptop.open("ada").client];
  await world.until(() => isSynced(a)() && isSynced(b)(), "both are synced");
  await a.create("goal", { id: "g", title: "old", notes: "old" });
  await a.manualSync();
  await b.manualSync();
  phone.online = laptop.online = false;
  const meet = async () => {
    phone.online = laptop.online = true;
    for (const client of [a, b, a]) await client.manualSync();
  };
  return { a, b, meet };
}

Deno.test("offline edits of different fields are both kept, and nobody is bothered", async () => {
  await using world = new World();
  const { a, b, meet } = await apart(world);
  await a.update("goal", "g", { title: "a" });
  await b.update("goal", "g", { notes: "b" });
  await meet();
  for (const client of [a, b]) {
    assertEquals(client.get("goal", "g"), { id: "g", title: "a", notes: "b" });
    assertEquals(client.conflicts.list(), []);
  }
});

Deno.test("offline edits of one field: the later one stands, both people are told once, one choice settles it", async () => {
  await using world = new World();
  const { a, b, meet } = await apart(world);
  await a.update("goal", "g", { title: "a" });
  await b.update("goal", "g", { title: "b" });
  await meet();
  for (const client of [a, b]) assertEquals(client.get("goal", "g")?.title, "b");
  const [onA] = a.conflicts.list();
  const [onB] = b.conflicts.list();
  assertEquals([onA!.winner, onA!.fields], ["theirs", [{ name: "title", mine: "a", theirs: "b" }]]);
  assertEquals([onB!.winner, onB!.fields], ["mine", [{ name: "title", mine: "b", theirs: "a" }]]);
  await a.resolve(onA!.id, "mine");
  await a.manualSync();
  await b.manualSync();
  for (const client of [a, b]) {
    assertEquals([client.get("goal", "g")?.title, client.conflicts.list()], ["a", []]);
    assertEquals(client.status.state, "synced");
  }
});

Deno.test("a conflict whose record moved on is looked at once more, and can then be settled", async () => {
  await using world = new World();
  const { a, b, meet } = await apart(world);
  await a.update("goal", "g", { title: "a" });
  await b.update("goal", "g", { title: "b" });
  await meet();
  await b.update("goal", "g", { notes: "moved on" });
  await b.manualSync();
  await a.manualSync();
  const [conflict] = a.conflicts.list();
  const error = await assertRejects(() => a.resolve(conflict!.id, "mine"), SyncClientError);
  assertEquals(error.code, "changed_again");
  await a.resolve(conflict!.id, "mine");
  await a.manualSync();
  await b.manualSync();
  for (const client of [a, b]) {
    assertEquals(client.get("goal", "g"), { id: "g", title: "a", notes: "moved on" });
    assertEquals(client.conflicts.list(), []);
  }
});

/** The first device settles a conflict, and the other hears of it. */
async function settleByChoice(
  [chooser, other]: [SyncClient, SyncClient],
  { id }: OpenConflict,
  choice: "mine" | "theirs",
): Promise<void> {
  await chooser.resolve(id, choice);
  await chooser.manualSync();
  await other.manualSync();
}

Deno.test("an edit of what was deleted elsewhere can be brought back whole", async () => {
  await using world = new World();
  const { a, b, meet } = await apart(world);
  await a.remove("goal", "g");
  await b.update("goal", "g", { title: "b" });
  await meet();
  assertEquals([a.get("goal", "g"), b.get("goal", "g")], [undefined, undefined]);
  const [conflict] = b.conflicts.list();
  assertEquals([conflict!.reason, a.conflicts.list().length], ["deleted_on_server", 0]);
  await settleByChoice([b, a], conflict!, "mine");
  for (const client of [a, b]) assertEquals(client.get("goal", "g"), { id: "g", title: "b", notes: "old" });
});

for (const title of ["b", undefined]) {
  const edit = title === undefined ? "only removes a field" : "also removes a field";
  Deno.test(`an edit that ${edit} of what was deleted elsewhere is told, and brought back without it`, async () => {
    await using world = new World();
    const { a, b, meet } = await apart(world);
    await a.remove("goal", "g");
    await b.update("goal", "g", title === undefined ? {} : { title }, { unset: ["notes"] });
    await meet();
    const [conflict] = b.conflicts.list();
    assertEquals(
      conflict!.fields.map(({ name }) => name),
      title === undefined ? ["notes"] : ["title", "notes"],
    );
    await settleByChoice([b, a], conflict!, "mine");
    for (const client of [a, b]) assertEquals(client.get("goal", "g"), { id: "g", title: title ?? "old" });
  });
}

Deno.test("a deletion that met unseen edits can be taken back with them", async () => {
  await using world = new World();
  const { a, b, meet } = await apart(world);
  await a.update("goal", "g", { title: "a" });
  await b.remove("goal", "g");
  await meet();
  const [conflict] = b.conflicts.list();
  assertEquals(conflict!.reason, "updated_on_server");
  await settleByChoice([b, a], conflict!, "theirs");
  for (const client of [a, b]) assertEquals(client.get("goal", "g"), { id: "g", title: "a", notes: "old" });
});

Deno.test("a deletion elsewhere that took an edit of ours along can be undone by us, whole", async () => {
  await using world = new World();
  const { a, b, meet } = await apart(world);
  await a.update("goal", "g", { title: "a" });
  await b.remove("goal", "g");
  await meet();
  const [conflict] = a.conflicts.list();
  assertEquals([conflict!.reason, conflict!.winner], ["updated_on_server", "theirs"]);
  assertEquals(a.get("goal", "g"), undefined);
  await settleByChoice([a, b], conflict!, "mine");
  for (const client of [a, b]) assertEquals(client.get("goal", "g"), { id: "g", title: "a", notes: "old" });
});

Deno.test("undo goes back edit by edit, on every device", async () => {
  await using world = new World();
  const { a, b, meet } = await apart(world);
  await a.update("goal", "g", { title: "new", extra: 1 });
  await a.remove("goal", "g");
  await a.undo();
  assertEquals(a.get("goal", "g"), { id: "g", title: "new", notes: "old", extra: 1 });
  await a.undo();
  assertEquals(a.get("goal", "g"), { id: "g", title: "old", notes: "old" });
  await meet();
  assertEquals(b.get("goal", "g"), { id: "g", title: "old", notes: "old" });
  await a.undo();
  assertEquals(a.get("goal", "g"), undefined);
  const error = await assertRejects(() => a.undo(), SyncClientError);
  assertEquals(error.code, "nothing_to_undo");
});

Deno.test("two devices of one profile's copy get ids of their own, and lose nothing", async () => {
  await using world = new World();
  const original = world.device();
  const first = original.open("ada").client;
  await world.until(isSynced(first), "synced");
  await first.create("goal", { id: "before" });
  await first.manualSync();
  const clone = world.device();
  for (const user of [null, "ada"]) {
    const { databaseName } = await import("../../client/device_account.ts");
    const name = databaseName("tenuto", world.endpoint, user);
    const rows = await (await original.store.open(name)).transact("read", (tx) => tx.list([]));
    await (await clone.store.open(name)).transact("write", (tx) => (tx.put(rows), Promise.resolve()));
  }
  const second = clone.open("ada").client;
  await world.until(isSynced(second), "the clone is synced");
  for (let n = 0; n < 3; n++) {
    await first.create("goal", { id: `first${n}` });
    await first.manualSync();
    await second.create("goal", { id: `second${n}` });
    await second.manualSync();
    await first.manualSync();
  }
  const ids = async (client: SyncClient) => (await client.changeQueueDebug.export()).metadata.deviceId;
  assert(await ids(first) !== await ids(second), "they are told apart");
  for (const client of [first, second]) assertEquals(client.list("goal").length, 7);
});

Deno.test("a clone whose disk fails while it takes an id of its own says so and goes on", async () => {
  await using world = new World();
  const original = world.device();
  const first = original.open("ada").client;
  await world.until(isSynced(first), "synced");
  await first.create("goal", { id: "before" });
  await first.manualSync();
  const clone = world.device();
  const { databaseName } = await import("../../client/device_account.ts");
  for (const user of [null, "ada"]) {
    const name = databaseName("tenuto", world.endpoint, user);
    const rows = await (await original.store.open(name)).transact("read", (tx) => tx.list([]));
    await (await clone.store.open(name)).transact("write", (tx) => (tx.put(rows), Promise.resolve()));
  }
  let full = false;
  const nobodys = databaseName("tenuto", world.endpoint, null);
  const fault = new StorageFault("quota", "The disk is full.");
  const store = failingStore(clone.store, (name) => full && name === nobodys ? fault : null);
  const second = clone.open("ada", { ports: { store } }).client;
  await world.until(isSynced(second), "the clone is synced");
  const problems: (string | null)[] = [];
  second.addEventListener("storage", ({ detail }) => problems.push(detail.problem));
  full = true;
  await first.create("goal", { id: "first" });
  await first.manualSync();
  await second.manualSync();
  await world.settle();
  assertEquals(problems, ["The disk is full."], "told, not thrown where nobody listens");
  assertEquals(second.list("goal").length, 2);
});

Deno.test("listeners hear of local, remote and rolled back changes of their type only", async () => {
  await using world = new World();
  const { a, b, meet } = await apart(world);
  const heard: string[] = [];
  const stop = a.subscribe("goal", ({ ids, origin }) => heard.push(`${origin} ${ids}`));
  a.subscribe("entry", () => heard.push("wrong type"));
  await a.update("goal", "g", { title: "a" });
  await b.update("goal", "g", { notes: "b" });
  await meet();
  stop();
  await a.update("goal", "g", { title: "unheard" });
  assertEquals(heard, ["local g", "remote g"]);
});

Deno.test("a list is the same array, of the same objects, until one of its entities changes", async () => {
  await using world = new World();
  const { a } = await apart(world);
  await a.create("goal", { id: "h" });
  const before = a.list("goal");
  assert(Object.isFrozen(before));
  await a.create("logbook_entry", { id: "e" });
  assert(a.list("goal") === before, "another type");
  await a.update("goal", "g", { title: "old" });
  assert(a.list("goal") === before, "an edit that changes nothing to be seen");
  await a.update("goal", "g", { title: "new" });
  const after = a.list("goal");
  assertEquals(after.find(({ id }) => id === "g")?.title, "new");
  assert(after.find(({ id }) => id === "h") === before.find(({ id }) => id === "h"));
  assertEquals(before.find(({ id }) => id === "g")?.title, "old");
  assert(a.list("none") === a.list("none"));
  await a.remove("goal", "h");
  assertEquals(a.list("goal").map(({ id }) => id), ["g"]);
});

Deno.test("a listener hears of a deletion here, whether or not anybody has looked at the record", async () => {
  await using world = new World();
  const { a } = await apart(world);
  const heard: string[] = [];
  a.subscribe("goal", ({ ids, origin }) => heard.push(`${origin} ${ids}`));
  await a.remove("goal", "g");
  assertEquals(heard, ["local g"]);
  assertEquals(a.get("goal", "g"), undefined);
  await a.undo();
  assert(a.get("goal", "g"));
  await a.remove("goal", "g");
  assertEquals(heard, ["local g", "local g", "local g"]);
});

Deno.test("a listener that reads when it is told sees what was there when the page began", async () => {
  await using world = new World();
  const device = world.device();
  const before = device.open("ada").client;
  await before.create("goal", { id: "g" });
  await world.until(isSynced(before), "it is in the base");
  device.online = false;
  await before.create("goal", { id: "queued" });
  await before.close();
  const { client } = device.open("ada");
  const seen: unknown[] = [];
  client.subscribe("goal", ({ origin }) => seen.push(origin, client.list("goal").map(({ id }) => id)));
  await client.ready;
  assertEquals(seen, ["remote", ["g", "queued"]], "told once, when it can be read");
  // The network half is still being fetched: what a test begins it ends.
  await client.manualSync();
});

Deno.test("one function that is subscribed twice is two subscriptions", async () => {
  await using world = new World();
  const { a } = await apart(world);
  let told = 0;
  const listener = () => told++;
  a.subscribe("goal", listener);
  const stop = a.subscribe("goal", listener);
  await a.remove("goal", "g");
  assertEquals(told, 2);
  stop();
  stop();
  await a.create("goal", { id: "g" });
  assertEquals(told, 3, "the other part of the page still hears");
});

Deno.test("a listener that throws where the host reports no errors does not make a kept edit look refused", async () => {
  await using world = new World();
  const { client } = world.device().open("ada");
  await world.until(isSynced(client), "synced");
  const said = await withoutReportError(async () => {
    client.subscribe("goal", () => {
      throw new Error("the site's");
    });
    await client.create("goal", { id: "g" });
  });
  assertEquals(said.map(String), ["Error: the site's"]);
});
