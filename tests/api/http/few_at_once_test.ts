/** How much of one user's work is taken on at once. */
import { assertEquals, assertRejects } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { waitingInLineMax } from "../../../api/middleware/few_at_once.ts";
import { entry, type V1World, v1World } from "../legacy_v1/v1_world.ts";
import { httpWorld } from "./http_world.ts";
import { manualTimers } from "./manual_timers.ts";

/** Bodies that end when they are let, and how many of them were being read at once. */
function uploads() {
  let open = 0;
  let most = 0;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  return {
    open: () => open,
    most: () => most,
    release,
    body: () =>
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          most = Math.max(most, ++open);
          await released;
          controller.enqueue(new TextEncoder().encode('{"changes":{}}'));
          controller.close();
          open--;
        },
      }, { highWaterMark: 0 }),
  };
}

/** Lets everything happen that waits for nothing. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

function sendPush(
  app: V1World["app"],
  user: string,
  body: ReadableStream,
  path = "/api/sync/push",
  signal: AbortSignal | null = null,
): Promise<Response> {
  const headers = { Authorization: `Bearer ${user}`, "Content-Type": "application/json" };
  return Promise.resolve(app.request(path, { method: "POST", headers, body, signal }));
}

Deno.test("of one user two V1 requests are read at once, the others in turn; another user does not wait", async () => {
  const { app, push } = v1World(memoryLedgerStore());
  const { open, most, release, body } = uploads();
  const send = (user: string) => sendPush(app, user, body());
  const waiting = Array.from({ length: waitingInLineMax + 2 }, () => send("ada"));
  await settle();
  assertEquals(open(), 2);
  const refused = await send("ada");
  const { success, code } = await refused.json();
  assertEquals([refused.status, refused.headers.get("Retry-After"), success, code], [503, "1", false, 503]);
  assertEquals((await push({}, { user: "bob" })).status, 200);

  release();
  const statuses = (await Promise.all(waiting)).map(({ status, body }) => (void body?.cancel(), status));
  assertEquals(statuses, waiting.map(() => 200));
  assertEquals(most(), 2);
  assertEquals((await push({})).status, 200, "the line is empty again");
});

Deno.test("who was let in from the line counts like who came first", async () => {
  const { app } = v1World();
  const send = ({ body }: ReturnType<typeof uploads>) => sendPush(app, "ada", body());
  const [first, second] = [uploads(), uploads()];
  const sent = [send(first), send(first), send(second)];
  await settle();
  first.release();
  await settle();
  sent.push(send(second), send(second));
  await settle();
  assertEquals([first.open(), second.open()], [0, 2]);
  second.release();
  for (const answer of await Promise.all(sent)) await answer.body?.cancel();
  assertEquals(second.most(), 2);
});

Deno.test("of one user eight exchanges are read at once", async () => {
  const { app } = v1World();
  const { open, most, release, body } = uploads();
  const sent = Array.from({ length: 20 }, () => sendPush(app, "ada", body(), "/api/sync/v2"));
  await settle();
  assertEquals(open(), 8);
  release();
  for (const answer of await Promise.all(sent)) await answer.body?.cancel();
  assertEquals(most(), 8);
});

Deno.test("a V1 request that fails leaves its place to the next", async () => {
  const { call } = v1World();
  const bad = Array.from({ length: 10 }, () => call("POST", "/api/sync/push", "{", {}));
  assertEquals((await Promise.all(bad)).map(({ status }) => status), bad.map(() => 400));
});

for (const [path, places] of [["/api/sync/push", 2], ["/api/sync/v2", 8]] as const) {
  Deno.test(`uploads that stop arriving give their places back: ${path}`, async () => {
    const timers = manualTimers();
    const { app } = v1World(memoryLedgerStore(), { timers });
    const [stalled, whole] = [uploads(), uploads()];
    const stuck = Array.from({ length: places }, () => sendPush(app, "ada", stalled.body(), path));
    await settle();
    const waiting = sendPush(app, "ada", whole.body(), path);
    await settle();
    assertEquals([stalled.open(), whole.open()], [places, 0]);
    timers.tick();
    for (const answer of await Promise.all(stuck)) {
      assertEquals([answer.status, answer.headers.get("Retry-After")], [503, "1"]);
      await answer.body?.cancel();
    }
    await settle();
    assertEquals(whole.open(), 1);
    whole.release();
    stalled.release();
    await (await waiting).body?.cancel();
    assertEquals(timers.running(), 0);
  });
}

Deno.test("who goes away leaves the line, and its place in it to others", async () => {
  const { app, push } = v1World();
  const { release, body, most } = uploads();
  const sent = [sendPush(app, "ada", body()), sendPush(app, "ada", body())];
  const leaving = new AbortController();
  const left = Array.from(
    { length: waitingInLineMax },
    () => sendPush(app, "ada", body(), "/api/sync/push", leaving.signal),
  );
  await settle();
  leaving.abort();
  left.push(sendPush(app, "ada", body(), "/api/sync/push", leaving.signal));
  sent.push(sendPush(app, "ada", body()));
  await settle();
  release();
  for (const answer of await Promise.all(left)) assertEquals((await answer.json()).code, 503);
  const statuses = (await Promise.all(sent)).map(({ status, body }) => (void body?.cancel(), status));
  assertEquals(statuses, [200, 200, 200]);
  assertEquals(most(), 2);
  assertEquals((await push({})).status, 200, "the line is empty again");
});

/** A user with a state too large to be answered in passing, and pulls that count those that were answered. */
async function largeState() {
  const timers = manualTimers();
  const world = v1World(memoryLedgerStore(), { timers });
  await world.push({ entries: [entry("e", { notes: "x".repeat(200_000) })] });
  let answered = 0;
  const pull = async () => {
    const headers = { Authorization: "Bearer ada" };
    const answer = await world.app.request("/api/sync/pull", { method: "POST", headers });
    answered++;
    return answer;
  };
  return { ...world, timers, pull, answered: () => answered };
}

Deno.test("a large answer keeps its place until it has been read to its end", async () => {
  const { pull, answered, timers } = await largeState();
  const pulls = [pull(), pull(), pull(), pull()];
  await settle();
  assertEquals([answered(), timers.running()], [2, 2]);
  const first = (await pulls[0]!).body!.getReader();
  await first.read();
  await settle();
  assertEquals(answered(), 2);
  while (!(await first.read()).done);
  await settle();
  assertEquals(answered(), 3);
  await (await pulls[1]!).body!.cancel();
  await settle();
  assertEquals(answered(), 4);
  const { entries } = await (await pulls[2]!).json();
  assertEquals(entries[0].notes.length, 200_000);
  await (await pulls[3]!).body!.cancel();
  assertEquals([answered(), timers.running()], [4, 0]);
});

Deno.test("answers that are not read give their places back, and never look like whole ones", async () => {
  const { pull, answered, timers } = await largeState();
  const unread = await Promise.all([pull(), pull()]);
  const waiting = pull();
  timers.tick();
  await settle();
  assertEquals(answered(), 3);
  for (const answer of unread) await assertRejects(() => answer.text());
  await (await waiting).body!.cancel();
  assertEquals(timers.running(), 0);
});

Deno.test("an answer that is read at its pace is not cut off", async () => {
  const { pull, timers } = await largeState();
  const reader = (await pull()).body!.getReader();
  let bytes = 0;
  let reads = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    bytes += next.value.byteLength;
    // The last pieces may be small ones.
    if (++reads % 4 === 0) timers.tick();
  }
  assertEquals([bytes > 200_000, timers.running()], [true, 0]);
});

Deno.test("small answers are not waited for, nor is an answer without a body", async () => {
  const { app, timers } = await largeState();
  const headers = { Authorization: "Bearer ada" };
  for (let i = 0; i < 5; i++) {
    assertEquals((await app.request("/api/sync/v2/export", { method: "HEAD", headers })).status, 200);
    assertEquals((await app.request("/api/sync/v2/conflicts", { headers })).status, 200);
  }
  assertEquals(timers.running(), 0);
});

for (const [path, method] of [["history", "history"], ["conflicts", "conflicts"]] as const) {
  Deno.test(`of one user two are at work at once: ${path}`, async () => {
    let open = 0;
    let most = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const page = async () => {
      most = Math.max(most, ++open);
      await released;
      open--;
      return { rows: [], nextBefore: null };
    };
    const { get } = httpWorld({ ledger: { [method]: page } });
    const asked = Array.from({ length: 12 }, () => get(`/api/sync/v2/${path}`));
    await settle();
    assertEquals(open, 2);
    release();
    for (const answer of await Promise.all(asked)) assertEquals((await answer.json()).nextBefore, null);
    assertEquals(most, 2);
  });
}

Deno.test("of one user two exports are read from the store at once", async () => {
  let open = 0;
  let most = 0;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { get } = httpWorld({
    ledger: {
      async *export() {
        most = Math.max(most, ++open);
        yield { kind: "head", latestServerVersion: 0, epoch: "e" };
        await released;
        open--;
      },
    },
  });
  const asked = Array.from({ length: 12 }, () => get("/api/sync/v2/export"));
  await settle();
  assertEquals(open, 2);
  release();
  const texts = await Promise.all(asked.map(async (answer) => await (await answer).text()));
  assertEquals(texts.map((text) => text.split("\n").length), texts.map(() => 2));
  assertEquals(most, 2);
});
