/** Whoever signs in next inherits nothing: no wait, no error, no edit. */
import { assertEquals, assertRejects } from "@std/assert";
import { IDBFactory } from "fake-indexeddb";
import { indexedDbStore } from "../../client/adapters/indexed_db_store.ts";
import { deleteDatabases } from "./world/delete_databases.ts";
import { isSynced } from "./world/is_synced.ts";
import { refuse } from "./world/reply.ts";
import { World } from "./world/world.ts";

Deno.test("the next user waits for nothing that the last one met, and is shown nothing of it", async () => {
  await using world = new World();
  const device = world.device();
  let user = "ada";
  const { client } = device.open(null, { getToken: () => world.token(user) });
  await world.until(isSynced(client), "ada is synced");
  device.network = (_request, pass) =>
    user === "ada" ? Promise.resolve(refuse("rate_limited", { "retry-after": "3600" })) : pass();
  await client.create("goal", { id: "g" });
  await world.until(() => client.status.state === "retrying", "ada is refused");
  const told: string[] = [];
  client.addEventListener("status", ({ detail }) => {
    if (detail.userId === "bob") told.push(detail.state);
  });
  const began = world.clock.monotonicMs();
  user = "bob";
  await client.signIn();
  await world.until(isSynced(client), "bob is synced");
  assertEquals(world.clock.monotonicMs(), began);
  assertEquals(told.filter((state) => state !== "loading"), ["synced"]);
});

Deno.test("a user whose token comes late, or without anybody saying so, is synced at once", async () => {
  for (const afterMs of [300, 600_000]) {
    await using world = new World();
    let given = -1;
    const getToken = async () => {
      if (afterMs < 10_000) await world.clock.sleep(afterMs);
      if (world.clock.monotonicMs() < afterMs) return null;
      if (given < 0) given = world.clock.monotonicMs();
      return await world.token("ada");
    };
    const { client } = world.device().open(null, { getToken });
    await world.until(() => client.status.userId === "ada" && isSynced(client)(), "synced");
    assertEquals(world.clock.monotonicMs() - given, 0, `${afterMs}`);
  }
});

Deno.test("nothing is called synced for the next user before the server has said so", async () => {
  await using world = new World();
  const device = world.device();
  let user = "ada";
  const { client } = device.open(null, { getToken: () => world.token(user) });
  await world.until(isSynced(client), "ada is synced");
  device.online = false;
  const told: string[] = [];
  client.addEventListener("status", ({ detail }) => {
    if (detail.userId === "bob") told.push(detail.state);
  });
  user = "bob";
  await client.signIn();
  await world.pass(60_000);
  assertEquals(told.includes("synced"), false, told.join());
});

Deno.test("an edit that is made while the account changes is refused, not the next user's", async () => {
  await using world = new World();
  let user = "ada";
  const { client } = world.device().open(null, { getToken: () => world.token(user) });
  await client.create("goal", { id: "g" });
  await world.until(isSynced(client), "ada is synced");
  const edits: Promise<unknown>[] = [];
  client.subscribe("goal", () => {
    // Told that ada's records are gone; no database is open at that moment.
    if (client.status.userId !== "bob") {
      edits.push(assertRejects(() => client.create("goal", { id: "ada's" }), Error, "account changed"));
    }
  });
  user = "bob";
  await client.signIn();
  await world.until(isSynced(client), "bob is synced");
  assertEquals(edits.length, 1);
  await Promise.all(edits);
  assertEquals(client.list("goal"), []);
});

Deno.test("what one user has lost is not told to the next, not for a moment either", async () => {
  await using world = new World();
  const factory = new IDBFactory();
  const device = world.device();
  device.store = indexedDbStore(world.clock, factory as unknown as globalThis.IDBFactory);
  let user = "ada";
  const { client } = device.open(null, { getToken: () => world.token(user) });
  await world.until(isSynced(client), "ada is synced");
  device.online = false;
  await client.create("goal", { id: "g" });
  await deleteDatabases(factory);
  device.online = true;
  await world.pass(60_000);
  assertEquals(client.status.state, "lost");
  const told: string[] = [];
  client.addEventListener(
    "status",
    ({ detail }) => void (detail.userId === "bob" && told.push(detail.state)),
  );
  user = "bob";
  await client.signIn();
  await world.pass(10_000);
  assertEquals([client.status.userId, told.includes("lost")], ["bob", false], told.join());
});
