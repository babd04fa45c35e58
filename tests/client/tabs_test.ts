import { assert, assertEquals } from "@std/assert";
import type { SyncResult, Verdict } from "../../client/mod.ts";
import { readExchange, refuse } from "./world/reply.ts";
import { isSynced } from "./world/is_synced.ts";
import { withoutReportError } from "./world/without_report_error.ts";
import { World } from "./world/world.ts";

/** Two tabs of one profile, both synced. */
async function twoTabs(world: World) {
  const device = world.device();
  const [a, b] = [device.open("ada"), device.open("ada")];
  await world.until(() => isSynced(a.client)() && isSynced(b.client)(), "both tabs are synced");
  return { device, a, b };
}

Deno.test("two tabs × 100 edits at once are exactly 200 changes on the server, in each tab's order", async () => {
  await using world = new World();
  const { a, b } = await twoTabs(world);
  const edits = [a, b].flatMap(({ client }, tab) =>
    Array.from({ length: 100 }, (_, n) => client.create(tab === 0 ? "left" : "right", { n }))
  );
  await Promise.all(edits);
  await world.until(() => isSynced(a.client)() && isSynced(b.client)(), "everything is saved");
  const fresh = world.device().open("ada").client;
  await world.until(isSynced(fresh), "a fresh device has it all");
  for (const client of [a.client, b.client, fresh]) {
    for (const type of ["left", "right"]) {
      assertEquals(client.list(type).map(({ n }) => n), Array.from({ length: 100 }, (_, n) => n));
    }
  }
});

Deno.test("a tab that another one syncs for settles its promises and shows what was pulled", async () => {
  await using world = new World();
  const { a, b } = await twoTabs(world);
  const { synced } = await a.client.queueChange({
    type: "CREATED",
    entityType: "goal",
    entityId: "x",
    data: { n: 1 },
  });
  let verdict: Verdict | undefined;
  synced.then((given) => verdict = given);
  await world.settle();
  assertEquals(b.client.get("goal", "x"), { n: 1 }, "the other tab sees the edit at once");
  await b.client.manualSync();
  await world.settle();
  assertEquals([verdict?.status, a.client.status.pending], ["applied", 0]);
  const phone = world.device().open("ada").client;
  await world.until(isSynced(phone), "another device");
  await phone.update("goal", "x", { n: 2 });
  await phone.manualSync();
  await b.client.manualSync();
  await world.settle();
  assertEquals(a.client.get("goal", "x"), { n: 2 });
});

Deno.test("an edit made while another tab syncs goes at the trailing edge, not with the next poll", async () => {
  await using world = new World();
  const { device, a, b } = await twoTabs(world);
  b.signals.send("hidden");
  device.network = async (_request, pass) => {
    await world.clock.sleep(2000);
    return await pass();
  };
  void a.client.manualSync();
  await world.pass(1000);
  await b.client.create("goal", { n: 1 });
  await world.until(() => b.client.status.pending === 0, "the edit is saved", 12_000);
});

Deno.test("a tab killed in the middle of its request loses nothing: another one sends the same change", async () => {
  await using world = new World();
  const { device, a, b } = await twoTabs(world);
  let hangs = true;
  device.network = async (_request, pass) => {
    const response = await pass();
    // The answer never reaches the tab that was killed.
    if (hangs) await new Promise(() => {});
    return response;
  };
  await a.client.create("goal", { n: 1 });
  await world.pass(6000);
  hangs = false;
  await a.client.close();
  await world.until(isSynced(b.client), "the other tab has settled it", 35_000);
  assertEquals(b.client.list("goal").length, 1);
  const sent = await Promise.all(
    device.requests.map(async (request) => (await readExchange(request))!.changes),
  );
  const ids = sent.flat().map(({ changeId }) => changeId);
  assert(ids.length >= 2 && new Set(ids).size === 1, "it is the same change, and the server knows it");
});

Deno.test("tabs without a channel and without locks still lose and double nothing", async () => {
  await using world = new World();
  const device = world.device();
  const ports = {
    channel: { open: () => ({ post() {}, close() {} }) },
    lock: { run: <T>(_name: string, _waitMs: number, work: () => Promise<T>) => work() },
  };
  const [a, b] = [device.open("ada", { ports }), device.open("ada", { ports })];
  await world.until(() => isSynced(a.client)() && isSynced(b.client)(), "both tabs are synced");
  device.network = async (_request, pass) => {
    await world.clock.sleep(700);
    return await pass();
  };
  await Promise.all(Array.from({ length: 40 }, (_, n) => [a, b][n % 2]!.client.create("goal", { n })));
  void a.client.manualSync();
  void b.client.manualSync();
  await world.until(
    () => a.client.list("goal").length === 40 && b.client.list("goal").length === 40,
    "both see all",
  );
  await world.until(() => isSynced(a.client)() && isSynced(b.client)(), "both are synced");
  const fresh = world.device().open("ada").client;
  await world.until(isSynced(fresh), "a fresh device");
  assertEquals(fresh.list("goal").length, 40);
});

Deno.test("two tabs idle for an hour poll like one", async () => {
  await using world = new World();
  const { device } = await twoTabs(world);
  const before = device.requests.length;
  await world.pass(3_600_000);
  const perHour = device.requests.length - before;
  assert(perHour <= 125 && perHour >= 115, `${perHour} requests an hour`);
});

Deno.test("a frozen tab wakes up with one sync, and a clock that jumped back changes nothing", async () => {
  await using world = new World();
  const device = world.device();
  let jumpedMs = 0;
  const clock = { ...clockOf(world), wallMs: () => world.clock.wallMs() + jumpedMs };
  const { client, signals } = device.open("ada", { ports: { clock } });
  await world.until(isSynced(client), "synced");
  const before = device.requests.length;
  // Frozen: time passes, no timer fires.
  world.clock.skip(3_600_000);
  jumpedMs = -86_400_000;
  signals.send("resume");
  signals.send("visible");
  signals.send("focus");
  await world.settle();
  await world.pass(4000);
  assertEquals(device.requests.length - before, 1);
  device.online = false;
  await client.create("goal", { n: 1 });
  await world.pass(60_000);
  const { nextAttemptAt } = client.status;
  assert(nextAttemptAt !== null && nextAttemptAt >= clock.wallMs(), "the next attempt lies ahead");
  assert(nextAttemptAt <= clock.wallMs() + 300_000, "and not a day ahead");
  device.online = true;
  signals.send("online");
  await world.until(isSynced(client), "back", 10_000);
});

Deno.test("devices with clocks ten years apart agree on the same last write", async () => {
  const outcome = async (shiftMs: number) => {
    await using world = new World();
    const shifted = { ...clockOf(world), wallMs: () => world.clock.wallMs() + shiftMs };
    const a = world.device().open("ada", { ports: { clock: shifted } }).client;
    const b = world.device().open("ada").client;
    await world.until(() => isSynced(a)() && isSynced(b)(), "both are synced");
    const id = await a.create("goal", { n: 0 });
    await a.manualSync();
    await b.manualSync();
    await b.update("goal", id, { n: "b" });
    await a.update("goal", id, { n: "a" });
    await a.manualSync();
    await b.manualSync();
    await a.manualSync();
    return [a.get("goal", id)?.n, b.get("goal", id)?.n, a.conflicts.list().length, b.conflicts.list().length];
  };
  const tenYearsMs = 10 * 365 * 86_400_000;
  const usual = await outcome(0);
  assertEquals(usual.slice(0, 2), ["b", "b"]);
  assertEquals(await outcome(tenYearsMs), usual);
  assertEquals(await outcome(-tenYearsMs), usual);
});

function clockOf({ clock }: World) {
  return {
    wallMs: () => clock.wallMs(),
    monotonicMs: () => clock.monotonicMs(),
    setTimer: (delayMs: number, fire: () => void) => clock.setTimer(delayMs, fire),
  };
}

Deno.test("a lock or a bug that throws does not stop the client for ever", async () => {
  await using world = new World();
  const device = world.device();
  let broken = true;
  const lock = {
    run: <T>(_name: string, _waitMs: number, work: () => Promise<T>) =>
      broken ? Promise.reject(new DOMException("not here", "SecurityError")) : work(),
  };
  const reported: unknown[] = [];
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error);
  };
  globalThis.addEventListener("error", listener);
  try {
    const { client } = device.open("ada", { ports: { lock } });
    const result = await client.manualSync();
    assertEquals(result.success, false);
    assertEquals(reported.length > 0, true, "it is reported to the page");
    broken = false;
    await world.until(isSynced(client), "the next sync goes through");
  } finally {
    globalThis.removeEventListener("error", listener);
  }
});

Deno.test("a bug that throws where the host reports no errors does not stop the client for ever either", async () => {
  await using world = new World();
  let bugs = 1;
  const lock = {
    run: <T>(_name: string, _waitMs: number, work: () => Promise<T>) =>
      bugs-- > 0 ? Promise.reject(new Error("a bug")) : work(),
  };
  const said = await withoutReportError(async () => {
    const { client } = world.device().open("ada", { ports: { lock } });
    assertEquals((await client.manualSync()).success, false);
    await world.until(isSynced(client), "the next sync goes through");
  });
  assertEquals(said.map(String), ["Error: a bug"]);
});

Deno.test("the wait that the server asked one tab for holds for the other tab too", async () => {
  await using world = new World();
  const { device, a, b } = await twoTabs(world);
  await world.pass(10_000);
  device.network = () => Promise.resolve(refuse("busy", { "retry-after": "600" }));
  const before = device.requests.length;
  await a.client.manualSync();
  await b.client.create("goal", { n: 1 });
  b.signals.send("focus");
  b.signals.send("online");
  await world.pass(590_000);
  assertEquals(device.requests.length - before, 1);
  device.network = (_request, pass) => pass();
  await world.until(isSynced(b.client), "the wait is over", 20_000);
});

Deno.test("a tab without a token says nothing about the sign-in of another tab, and does not hold it up", async () => {
  await using world = new World();
  const device = world.device();
  const a = device.open("ada");
  await world.until(isSynced(a.client), "a tab is signed in");
  const seen = new Set<string>();
  a.client.addEventListener("status", (event) => seen.add(event.detail.state));
  a.signals.send("hidden");
  const b = device.open(null);
  let told = 0;
  b.client.addEventListener("auth-required", () => told++);
  await world.pass(1_000);
  assertEquals(b.client.status.state, "auth");
  for (let n = 0; n < 5; n++) {
    await b.client.create("goal", { n });
    await world.until(() => a.client.status.pending === 0, "the tab with a token sends it", 241_000);
  }
  assertEquals([seen.has("auth"), told], [false, 1]);
});

Deno.test("a tab whose own database fails does not make the others wait", async () => {
  await using world = new World();
  const { device, a, b } = await twoTabs(world);
  await world.pass(10_000);
  const channel = device.channel().open(`tenuto\u0001${world.endpoint}\u0001ada`, () => {});
  const error = { code: "storage", message: "The browser's local database failed.", retryAfterMs: 600_000 };
  channel.post({ kind: "synced", error });
  await world.settle();
  channel.close();
  assertEquals([a.client.status.state, b.client.status.state], ["synced", "synced"]);
  await b.client.create("goal", { n: 1 });
  await world.until(isSynced(b.client), "it goes at the trailing edge", 6_000);
});

Deno.test("who waits for a sync gets one, however busy the other tab is, and whether or not the page is seen", async () => {
  for (const signal of ["visible", "hidden"] as const) {
    for (const online of [true, false]) {
      await using world = new World();
      const { device, a, b } = await twoTabs(world);
      b.signals.send(signal);
      await world.pass(7_000);
      await a.client.manualSync();
      await world.settle();
      device.online = online;
      let result: SyncResult | undefined;
      b.client.sync().then((given) => result = given);
      for (let n = 0; n < 10 && !result; n++) {
        await world.pass(1_000);
        // Hand-made: by itself it would back off.
        await a.client.manualSync();
        await world.settle();
      }
      assertEquals(result?.success, online, `${signal}, ${online ? "online" : "offline"}`);
    }
  }
});

Deno.test("a refused token and its second try share one time bound, so that no two tabs' exchanges overlap", async () => {
  await using world = new World();
  const device = world.device();
  let open = 0, most = 0;
  device.network = async ({ signal }) => {
    most = Math.max(most, ++open);
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    await Promise.race([world.clock.sleep(29_000), aborted]);
    open--;
    return refuse("token_expired");
  };
  // As the browser's lock does: who has waited long enough goes ahead.
  let held: Promise<unknown> = Promise.resolve();
  const lock = {
    run: async <T>(_name: string, waitMsMax: number, work: () => Promise<T>) => {
      const before = held;
      const turn = Promise.withResolvers<void>();
      held = turn.promise;
      await Promise.race([before, world.clock.sleep(waitMsMax)]);
      return await work().finally(turn.resolve);
    },
  };
  let issued = 0;
  const getToken = () => world.token("ada", 3_600_000 - ++issued * 1000);
  const [a, b] = [1, 2].map(() =>
    device.open("ada", { userId: "ada", getToken, ports: { lock }, autoSync: false }).client
  );
  let ended = 0;
  for (const client of [a!, b!]) client.manualSync().then(() => ended++);
  await world.until(() => ended === 2, "both have given up");
  assert(device.requests.length >= 3, "there was a second try");
  assertEquals(most, 1);
});

Deno.test("an edit made just before the page is left goes at once, as a request that may outlive the page", async () => {
  await using world = new World();
  const device = world.device();
  const { client, signals } = device.open("ada");
  await world.until(isSynced(client), "synced");
  await client.create("goal", { id: "first" });
  await world.until(isSynced(client), "saved");
  const before = device.requests.length;
  await client.create("goal", { id: "last words" });
  await world.settle();
  assertEquals(device.requests.length, before, "it would wait for the trailing edge");
  signals.send("hidden");
  await world.settle();
  assertEquals(device.requests.slice(before).map(({ keepalive }) => keepalive), [true]);
  assertEquals(client.status.pending, 0);
  signals.send("visible");
  await world.pass(60_000);
  assertEquals(device.requests.at(-1)!.keepalive, undefined);
});
