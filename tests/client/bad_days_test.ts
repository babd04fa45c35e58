import { assert, assertEquals } from "@std/assert";
import type { Verdict } from "../../client/mod.ts";
import { captivePortal, readExchange, refuse, reply } from "./world/reply.ts";
import { isSynced } from "./world/is_synced.ts";
import { type Device, World } from "./world/world.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A device whose first sync is done. */
async function synced(world: World, device: Device = world.device(), user = "ada") {
  const tab = device.open(user);
  await world.until(() => tab.client.status.state === "synced", "the first sync is done");
  return { device, ...tab };
}

const changesOf = async (request: Parameters<typeof readExchange>[0]) =>
  (await readExchange(request))?.changes ?? [];

Deno.test("after 30 days of 503 everything is still queued, requests were few, and the end drains it", async () => {
  await using world = new World();
  const { device, client, signals } = await synced(world);
  device.network = () => Promise.resolve(refuse("busy"));
  const id = await client.create("goal", { title: "kept" });
  await world.pass(hourMs);
  const visible = device.requests.length;
  await world.pass(hourMs);
  assert(device.requests.length - visible <= 60, `${device.requests.length - visible} an hour visible`);
  signals.send("hidden");
  await world.pass(hourMs);
  const from = device.requests.length;
  await world.pass(30 * dayMs);
  const perHour = (device.requests.length - from) / (30 * 24);
  assert(perHour <= 15, `${perHour} an hour hidden`);
  assertEquals([client.status.pending, client.status.failed, client.status.state], [1, 0, "stale"]);
  assertEquals(client.get("goal", id)?.title, "kept");
  device.network = (_request, pass) => pass();
  await world.until(isSynced(client), "the queue is drained");
});

Deno.test("behind a captive portal the client is offline, and the queue untouched", async () => {
  await using world = new World();
  const { device, client } = await synced(world);
  device.network = () => Promise.resolve(captivePortal());
  await client.create("goal", { title: "a" });
  const [before] = await client.changeQueue.getAllPendingChanges();
  await world.pass(5 * 60_000);
  assertEquals([client.status.state, client.status.online], ["offline", false]);
  assertEquals(await client.changeQueue.getAllPendingChanges(), [before!]);
});

Deno.test("answers that lie acknowledge nothing: a verdict missing, cut short, of another shape", async () => {
  await using world = new World();
  const { device, client } = await synced(world);
  await client.create("goal", { title: "a" });
  const lies: ((text: string) => string)[] = [
    (text) => JSON.stringify({ ...JSON.parse(text), results: [] }),
    (text) => text.slice(0, -1),
    (text) => text.replace(/"status":"[a-z]+"/, '"status":"settled"'),
    () => "{}",
    () => "null",
    (text) => `[${text}]`,
  ];
  for (const lie of lies) {
    device.network = async (_request, pass) => reply(200, lie(await (await pass()).text()));
    const result = await client.manualSync();
    assertEquals([result.success, client.status.pending], [false, 1], lie.toString());
  }
  device.network = (_request, pass) => pass();
  assertEquals((await client.manualSync()).success, true);
  assertEquals(client.status.pending, 0);
  const exported = await world.fetch(await bearer(world, "/export"));
  assertEquals((await exported.text()).match(/"kind":"change"/g)?.length, 1, "it was stored once");
});

async function bearer(world: World, path: string, init: RequestInit = {}): Promise<Request> {
  return new Request(world.endpoint + path, {
    ...init,
    headers: { Authorization: `Bearer ${await world.token("ada")}` },
  });
}

Deno.test("a 401 in the middle costs one refresh; a second one asks to sign in and keeps the queue", async () => {
  await using world = new World();
  const device = world.device();
  let asked = 0;
  const { client } = device.open("ada", {
    getToken: async () => (asked++, await world.token("ada", asked * 60_000)),
  });
  await world.until(isSynced(client), "synced");
  assertEquals(asked, 1);
  let refusals = 1;
  device.network = (_request, pass) => refusals-- > 0 ? Promise.resolve(refuse("token_expired")) : pass();
  await client.create("goal", { title: "a" });
  assertEquals((await client.manualSync()).success, true);
  assertEquals(asked, 2);
  let told = 0;
  client.addEventListener("auth-required", (event) => {
    assertEquals(event.detail.reason, "expired");
    told++;
  });
  refusals = Infinity;
  await client.create("goal", { title: "b" });
  const { error } = await client.manualSync();
  assertEquals([error?.code, client.status.state, client.status.pending], ["unauthenticated", "auth", 1]);
  assertEquals(told, 1);
});

Deno.test("an expired session whose site has no new token costs no requests until it has one", async () => {
  await using world = new World();
  const device = world.device();
  let token: string | null = await world.token("ada");
  const { client } = device.open("ada", { getToken: () => token });
  await world.until(isSynced(client), "synced");
  device.network = () => Promise.resolve(refuse("token_expired"));
  await world.pass(60_000);
  const before = device.requests.length;
  await client.create("goal", { title: "a" });
  await world.pass(2 * hourMs);
  assertEquals(device.requests.length, before, "the refused token is not sent again");
  device.network = (_request, pass) => pass();
  token = await world.token("ada", 7_200_000);
  await client.signIn();
  await world.until(isSynced(client), "the new token is used soon", 10_000);
});

for (
  const [code, failure] of [["invalid_request", "invalid_change"], [
    "request_too_large",
    "too_large",
  ]] as const
) {
  Deno.test(`one change that the server answers ${code} to is found by halving and set aside, siblings go`, async () => {
    await using world = new World();
    const { device, client } = await synced(world);
    let poison = "";
    device.network = async (request, pass) =>
      (await changesOf(request)).some(({ entityId }) => entityId === poison) ? refuse(code) : await pass();
    device.online = false;
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(await client.create("goal", { n }));
    poison = ids[12]!;
    await client.update("goal", ids[13]!, { later: true });
    const rejected: string[] = [];
    client.addEventListener("rejected", (event) => rejected.push(event.detail.entityId));
    device.online = true;
    const sent = device.requests.length;
    await client.manualSync();
    assertEquals([client.status.pending, client.status.failed, client.status.state], [0, 1, "failed"]);
    assert(device.requests.length - sent <= 15, `${device.requests.length - sent} requests`);
    const [failed] = await client.changeQueue.getFailedChanges();
    assertEquals([failed!.entityId, failed!.code], [poison, failure]);
    assertEquals(rejected, [poison]);
    assertEquals(client.get("goal", poison), undefined, "it is rolled back");
    assertEquals(client.get("goal", ids[13]!), { id: ids[13], n: 13, later: true });
    device.network = (_request, pass) => pass();
    await client.retry(failed!.changeId);
    await world.until(isSynced(client), "the retry goes through");
    assertEquals(client.list("goal").length, 20);
  });
}

Deno.test("a change that the server fails on is tried five times, then alone and rarely; siblings go on", async () => {
  await using world = new World();
  const { device, client } = await synced(world);
  let poison = "?";
  let tries = 0;
  device.network = async (request, pass) => {
    if (!(await changesOf(request)).some(({ entityId }) => entityId === poison)) return await pass();
    tries++;
    return refuse("internal");
  };
  poison = await client.create("goal", { title: "poison" });
  await client.update("goal", poison, { held: true });
  const other = await client.create("goal", { title: "other" });
  await world.until(() => client.status.failed === 2, "it and what waits for it count as failed");
  await world.until(() => client.status.pending === 2, "the sibling is saved");
  assertEquals(client.get("goal", other)?.title, "other");
  const failed = await client.changeQueue.getFailedChanges();
  assertEquals(failed.map(({ code, entityId }) => [code, entityId]), [
    ["server_error", poison],
    ["dependency_rejected", poison],
  ]);
  await world.pass(10 * 60_000);
  const before = tries;
  await world.pass(hourMs);
  assert(tries > before && tries - before <= 13, `${tries - before} tries an hour`);
  const late = await client.create("goal", { title: "late" });
  await world.until(() => client.status.pending === 2, "a later sibling is not held up", 60_000);
  assert(client.get("goal", late));
  poison = "?";
  await world.until(isSynced(client), "when the fault ends it drains by itself");
});

Deno.test("changes that failed together drain one by one, even behind one that fails for ever", async () => {
  await using world = new World();
  const { device, client } = await synced(world);
  let all = true;
  let poison = "?";
  device.network = async (request, pass) => {
    const changes = await changesOf(request);
    const hit = all ? changes.length > 0 : changes.some(({ entityId }) => entityId === poison);
    return hit ? refuse("internal") : await pass();
  };
  poison = await client.create("goal", { title: "poison" });
  await client.create("goal", { title: "b" });
  await client.create("goal", { title: "c" });
  await world.until(() => client.status.failed === 3, "all failed", 10 * hourMs);
  all = false;
  await world.until(() => client.status.pending === 1, "the others are saved", hourMs);
  assertEquals((await client.changeQueue.getFailedChanges()).map(({ entityId }) => entityId), [poison]);
});

Deno.test("a `retry` suffix stays in order and goes at once with the next request", async () => {
  await using world = new World();
  const { device, client } = await synced(world);
  device.online = false;
  const id = await client.create("goal", { n: 0 });
  for (let n = 1; n < 4; n++) await client.create("goal", { n });
  const sizes: number[] = [];
  device.network = async (request, pass) => {
    const exchange = (await readExchange(request))!;
    sizes.push(exchange.changes.length);
    if (exchange.changes.length < 2) return await pass();
    // The server looked at the first change only.
    const cut = { ...exchange, changes: exchange.changes.slice(0, 1) };
    const { headers: { "Content-Encoding": _gzip, ...headers } } = request;
    const response = await device.world.fetch(
      new Request(request.url, { method: "POST", headers, body: JSON.stringify(cut) }),
    );
    const answer = await response.json();
    const rest = exchange.changes.slice(1).map(({ changeId }) => ({ changeId, status: "retry" }));
    return reply(200, JSON.stringify({ ...answer, results: [...answer.results, ...rest] }));
  };
  device.online = true;
  const result = await client.manualSync();
  assertEquals(sizes, [4, 3, 2, 1]);
  assertEquals([result.success, result.changesPushed, client.status.pending], [true, 4, 0]);
  assert(client.get("goal", id));
});

Deno.test("a server that lost everything gets the last 30 days again, in order, and nothing twice", async () => {
  await using world = new World();
  const { client } = await synced(world);
  const id = await client.create("goal", { n: 1 });
  await world.until(isSynced(client), "created");
  await client.update("goal", id, { n: 2 });
  await world.until(isSynced(client), "updated");
  const gone = await client.create("goal", { gone: true });
  await client.remove("goal", gone);
  await world.until(isSynced(client), "deleted");
  const resets: string[] = [];
  client.addEventListener("reset", (event) => resets.push(event.detail.reason));
  world.loseServer();
  const shown: unknown[] = [];
  client.subscribe("goal", () => shown.push(client.get("goal", id)));
  await world.until(() => resets.length > 0, "the loss is noticed");
  await world.until(isSynced(client), "everything is offered again");
  assertEquals(resets, ["restored"]);
  assertEquals(client.list("goal"), [{ id, n: 2 }]);
  assertEquals(
    shown.filter((entity) => JSON.stringify(entity) !== JSON.stringify({ id, n: 2 })),
    [],
    "no flicker",
  );
  const other = await synced(world);
  assertEquals(other.client.list("goal"), [{ id, n: 2 }]);
});

Deno.test("what was erased on purpose does not come back; what waited is kept and asks first", async () => {
  await using world = new World();
  const { device, client } = await synced(world);
  const id = await client.create("goal", { n: 1 });
  await world.until(isSynced(client), "created");
  device.online = false;
  const mine = await client.create("goal", { mine: true });
  assertEquals((await world.fetch(await bearer(world, "/data", { method: "DELETE" }))).status, 204);
  device.online = true;
  await client.manualSync();
  assertEquals([client.status.state, client.status.pausedBy, client.status.pending], ["paused", "erased", 1]);
  assertEquals([client.get("goal", id), client.get("goal", mine)?.mine], [undefined, true]);
  await world.pass(hourMs);
  assertEquals(client.status.pending, 1);
  await client.pause();
  await client.resume();
  await world.pass(30_000);
  assertEquals(client.status.pausedBy, "erased", "an ordinary pause does not end the hold");
  await client.resume({ sendAfterErase: true });
  await world.until(isSynced(client), "it is sent when asked to");
  assertEquals((await synced(world)).client.list("goal"), [{ id: mine, mine: true }]);
});

Deno.test("a rejected creation is shown with its dependents, holds nobody else, and is retried in order", async () => {
  await using world = new World();
  const { device, client } = await synced(world);
  device.online = false;
  const id = await client.create("goal", { n: 0 });
  const { synced: promise } = await client.queueChange({
    type: "UPDATED",
    entityType: "goal",
    entityId: id,
    data: { n: 1 },
  });
  const other = await client.create("goal", { other: true });
  let refused = true;
  device.network = async (request, pass) => {
    const response = await pass();
    if (!refused) return response;
    const exchange = (await readExchange(request))!;
    const answer = JSON.parse(await response.text());
    answer.results = answer.results.map((verdict: Verdict, i: number) =>
      exchange.changes[i]!.entityId !== id ? verdict : {
        changeId: verdict.changeId,
        status: "rejected",
        code: i === 0 ? "invalid_data" : "dependency_rejected",
        reason: "No.",
      }
    );
    return reply(200, JSON.stringify(answer));
  };
  // The server must not know them either, or the retry would be a duplicate.
  const real = device.network;
  device.network = async (request, pass) => {
    const exchange = (await readExchange(request))!;
    if (!refused || !exchange.changes.some(({ entityId }) => entityId === id)) return await pass();
    const kept = exchange.changes.filter(({ entityId }) => entityId !== id);
    const { headers: { "Content-Encoding": _gzip, ...headers } } = request;
    const response = await world.fetch(
      new Request(request.url, {
        method: "POST",
        headers,
        body: JSON.stringify({ ...exchange, changes: kept }),
      }),
    );
    const answer = await response.json();
    const verdicts = new Map(answer.results.map((verdict: Verdict) => [verdict.changeId, verdict]));
    answer.results = exchange.changes.map(({ changeId }) =>
      verdicts.get(changeId) ?? { changeId, status: "applied", version: 1 }
    );
    return await real(request, () => Promise.resolve(reply(200, JSON.stringify(answer))));
  };
  device.online = true;
  await client.manualSync();
  assertEquals([client.status.failed, client.status.pending], [2, 0]);
  assertEquals((await promise).status, "rejected");
  assertEquals(client.get("goal", other)?.other, true);
  assertEquals(client.get("goal", id), undefined);
  await client.update("goal", id, { n: 2 });
  await world.pass(60_000);
  assertEquals([client.status.failed, client.status.pending], [3, 1], "the later edit waits and says so");
  refused = false;
  const [created] = await client.changeQueue.getFailedChanges();
  await client.retry(created!.changeId);
  await world.until(isSynced(client), "all three are saved");
  assertEquals(client.get("goal", id), { id, n: 2 });
  assertEquals((await synced(world)).client.get("goal", id), { id, n: 2 });
});

Deno.test("a paused client sends nothing, and a manual sync says so instead of claiming success", async () => {
  await using world = new World();
  const { device, client } = await synced(world);
  await client.pause();
  await client.create("goal", { n: 1 });
  const before = device.requests.length;
  await world.pass(hourMs);
  assertEquals([client.status.state, client.status.pausedBy], ["paused", "site"]);
  const result = await client.manualSync();
  assertEquals([result.success, result.error?.code], [false, "paused"]);
  assertEquals(device.requests.length, before);
  await client.resume();
  await world.until(isSynced(client), "resumed", 10_000);
});

Deno.test("a client that was paused before its first sync never claims to be synced", async () => {
  await using world = new World();
  const device = world.device();
  device.online = false;
  const { client } = device.open("ada");
  await client.ready;
  await client.pause();
  await client.sync();
  await client.resume();
  assert(client.status.state !== "synced", client.status.state);
});

Deno.test("a sync that somebody waits for ends when the client is closed", async () => {
  await using world = new World();
  const { client } = await synced(world);
  const waiting = client.sync();
  await client.close();
  let result: Awaited<typeof waiting> | undefined;
  waiting.then((value) => result = value);
  await world.settle();
  assertEquals(result?.error?.code, "closed");
});

Deno.test("the first sync shows how far it is, resumes where it was cut, and can be used meanwhile", async () => {
  await using world = new World();
  const writer = await synced(world);
  writer.device.online = false;
  const entities = 2500;
  await Promise.all(Array.from({ length: entities }, (_, n) => writer.client.create("goal", { n })));
  writer.device.online = true;
  writer.signals.send("online");
  await world.until(isSynced(writer.client), "the server has all of them");
  const device = world.device();
  let answers = 0;
  device.network = async (_request, pass) => {
    if (++answers === 2) throw new TypeError("cut");
    return await pass();
  };
  const { client } = device.open("ada");
  const seen: { done: number; total: number }[] = [];
  let usable = false;
  client.addEventListener("status", ({ detail: { progress } }) => {
    if (progress) seen.push(progress);
    const some = client.list("goal").length;
    usable ||= some > 0 && some < entities;
  });
  await world.until(isSynced(client), "everything is here");
  assertEquals(client.list("goal").length, entities);
  assert(usable, "part of it was readable before all of it was");
  const middle = seen.filter(({ done, total }) => done > 0 && done < total);
  assert(middle.length > 0, JSON.stringify(seen));
  assert(middle.every(({ total }) => total === entities), JSON.stringify(middle));
  const cursors = await Promise.all(
    device.requests.map(async (request) => (await readExchange(request))!.lastKnownServerVersion),
  );
  assertEquals(cursors, [0, 1000, 1000, 2000], "the cut page is asked for again, not the first one");
});
