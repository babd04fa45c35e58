import { assert, assertEquals } from "@std/assert";
import type { SyncResponse } from "../../shared/mod.ts";
import type { SyncClient, SyncResult } from "../../client/mod.ts";
import { readExchange, refuse, reply } from "./world/reply.ts";
import { isSynced } from "./world/is_synced.ts";
import { type Device, World } from "./world/world.ts";

/** Syncs by hand, however long that takes in virtual time. */
async function sync(world: World, client: SyncClient): Promise<SyncResult> {
  let result: SyncResult | undefined;
  client.manualSync().then((given) => result = given);
  await world.until(() => result !== undefined, "the sync has ended");
  return result!;
}

/** Rewrites what the server says to this device. */
function rewriteAnswers(device: Device, rewrite: (answer: SyncResponse) => object): void {
  device.network = async (_request, pass) => {
    const response = await pass();
    return reply(response.status, JSON.stringify(rewrite(JSON.parse(await response.text()))));
  };
}

Deno.test("one sync over a restored server offers everything again, the settled and the waiting", async () => {
  await using world = new World();
  const { client } = world.device().open("ada", { autoSync: false });
  await client.create("goal", { id: "settled" });
  await sync(world, client);
  world.loseServer();
  await client.create("goal", { id: "waiting" });
  assertEquals((await sync(world, client)).success, true);
  assertEquals(client.status.pending, 0);
  world.loseServer();
  assertEquals((await sync(world, client)).success, true, "also when nothing waits");
  assertEquals(client.status.pending, 0);
  const fresh = world.device().open("ada").client;
  await world.until(isSynced(fresh), "a fresh device");
  assertEquals(fresh.list("goal").map(({ id }) => id).sort(), ["settled", "waiting"]);
});

Deno.test("a server that always says there is more leaves the client retrying, and few requests are made", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open("ada");
  await world.until(isSynced(client), "synced");
  const seen = new Set<string>();
  client.addEventListener("status", (event) => seen.add(event.detail.state));
  rewriteAnswers(device, ({ checksum: _checksum, ...answer }) => ({ ...answer, hasMore: true }));
  const before = device.requests.length;
  const { success, error } = await sync(world, client);
  assertEquals([success, error?.code, device.requests.length - before], [false, "busy", 1]);
  await world.pass(600_000);
  assertEquals([client.status.state, seen.has("synced")], ["retrying", false]);
  assert(device.requests.length - before < 20, `${device.requests.length - before} requests in ten minutes`);
  device.network = (_request, pass) => pass();
  await world.until(isSynced(client), "the server comes to an end");
});

Deno.test("a sync whose changes the server did not look at is no success", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open("ada", { autoSync: false });
  await sync(world, client);
  await client.create("goal", { id: "g" });
  device.network = async (request, pass) => {
    // A request that is answered as if others had always been first.
    const response = await pass();
    const answer = JSON.parse(await response.text());
    const results = answer.results.map(({ changeId }: { changeId: string }) => ({
      changeId,
      status: "retry",
    }));
    const { cursor } = { cursor: JSON.parse(request.body as string).lastKnownServerVersion };
    const nothing = { newChanges: [], latestServerVersion: cursor, serverVersion: cursor };
    const { checksum: _checksum, ...rest } = answer;
    return reply(200, JSON.stringify({ ...rest, ...nothing, results }));
  };
  const { success, error } = await sync(world, client);
  assertEquals([success, error?.code, client.status.pending], [false, "busy", 1]);
});

Deno.test("an answer that another tab has overtaken confirms nothing: the sync asks again", async () => {
  await using world = new World();
  const device = world.device();
  const deaf = {
    channel: { open: () => ({ post() {}, close() {} }) },
    lock: { run: <T>(_name: string, _waitMs: number, work: () => Promise<T>) => work() },
  };
  const [a, b] = [1, 2].map(() => device.open("ada", { ports: deaf, autoSync: false }).client);
  await sync(world, a!);
  await sync(world, b!);
  const phone = world.device().open("ada").client;
  await phone.create("goal", { id: "g" });
  await world.until(isSynced(phone), "another device has written");
  let first = true;
  device.network = async (_request, pass) => {
    const response = await pass();
    if (first) {
      first = false;
      // While this answer is under way, the other tab pulls the same page.
      await b!.manualSync();
    }
    return response;
  };
  const before = device.requests.length;
  assertEquals((await sync(world, a!)).success, true);
  assertEquals(device.requests.length - before, 3, "the other tab's, the one too late, and one more");
});

Deno.test("a change that the server fails on and an erase holds back makes no sync go on for ever", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open("ada", { autoSync: false });
  await sync(world, client);
  await client.create("goal", { id: "g" });
  device.network = () => Promise.resolve(refuse("internal"));
  for (let n = 0; n < 5; n++) await sync(world, client);
  assertEquals(client.status.failed, 1);
  const headers = { Authorization: `Bearer ${await world.token("ada")}` };
  await world.fetch(new Request(`${world.endpoint}/data`, { method: "DELETE", headers }));
  device.network = (_request, pass) => pass();
  const before = device.requests.length;
  assertEquals((await sync(world, client)).success, true);
  assertEquals([client.status.pausedBy, device.requests.length - before], ["erased", 1]);
});

for (const [code, sound] of [["invalid_request", 0], ["request_too_large", 1]] as const) {
  Deno.test(`a server that after ${sound} answers says ${code} to everything sets nothing aside, and is asked ever less often`, async () => {
    await using world = new World();
    const device = world.device();
    const { client } = device.open("ada");
    await world.until(isSynced(client), "synced");
    device.online = false;
    const all = 500 * sound + 30;
    for (let n = 0; n < all; n++) await client.create("goal", { n });
    let asked = 0;
    device.network = async (_request, pass) => asked++ < sound ? await pass() : refuse(code);
    device.online = true;
    assertEquals((await sync(world, client)).success, false);
    assert(asked <= 8 + sound, `${asked} requests`);
    await world.pass(3_600_000);
    assertEquals([client.status.pending, client.status.failed, client.list("goal").length], [30, 0, all]);
    assert(asked < 45, `${asked} requests in an hour`);
    device.network = (_request, pass) => pass();
    await world.until(isSynced(client), "when it ends, everything goes");
  });
}

Deno.test("changes that a sound server refuses are set aside though they are all there is, one after the other", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open("ada", { autoSync: false });
  await sync(world, client);
  for (let n = 0; n < 3; n++) await client.create("goal", { n });
  device.network = async (request, pass) => {
    const exchange = await readExchange(request);
    return exchange!.changes.length > 0 ? refuse("invalid_request") : await pass();
  };
  const before = device.requests.length;
  assertEquals((await sync(world, client)).success, true);
  assertEquals([client.status.pending, client.status.failed], [0, 3]);
  assert(device.requests.length - before <= 12, `${device.requests.length - before} requests`);
});
