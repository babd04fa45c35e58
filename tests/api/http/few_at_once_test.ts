/** How much of one user's work is taken on at once. */
import { assertEquals } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { waitingInLineMax } from "../../../api/middleware/few_at_once.ts";
import { type V1World, v1World } from "../legacy_v1/v1_world.ts";
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
