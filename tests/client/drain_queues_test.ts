import { setImmediate } from "node:timers";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSyncClient } from "../../client/mod.ts";
import type { WorkerHandover } from "../../client/ports.ts";
import { drainQueues, type OpenPage } from "../../client/worker/drain_queues.ts";
import { World } from "./world/world.ts";

/** Deno's own cannot dispatch under the tests' DOM, whose events are others than Deno's. */
class TestMessageChannel {
  readonly port1 = { onmessage: (_event: { data: unknown }) => {}, close() {} };
  readonly port2 = { postMessage: (data: unknown) => queueMicrotask(() => this.port1.onmessage({ data })) };
}

/** A page that hands `handover` over. */
function pageOf(handover: WorkerHandover): OpenPage {
  return { postMessage: (_message, [port]) => (port as MessagePort).postMessage(handover) };
}

Deno.test("a queue that cannot be drained does not keep the others of the same wake-up waiting", async () => {
  await using world = new World();
  const { endpoint } = world;
  const handovers: WorkerHandover[] = [];
  for (const userId of ["ada", "bob", "cyn"]) {
    const token = await world.token(userId);
    const client = createSyncClient({ endpoint, userId, getToken: () => token, autoSync: false });
    await client.create("goal", { id: userId });
    await client.close();
    handovers.push({ endpoint, name: "tenuto", userId, token });
  }
  const { fetch: realFetch, MessageChannel: realChannel } = globalThis;
  globalThis.MessageChannel = TestMessageChannel as unknown as typeof MessageChannel;
  const [ada] = handovers;
  // A revoked token: the server refuses it, and only it.
  globalThis.fetch = (url, init) => {
    const request = new Request(url, init);
    const revoked = request.headers.get("authorization") === `Bearer ${ada!.token}`;
    return revoked ? Promise.resolve(new Response(null, { status: 403 })) : world.fetch(request);
  };
  try {
    await assertRejects(() => drainQueues(handovers.map(pageOf)), Error, "forbidden");
  } finally {
    Object.assign(globalThis, { fetch: realFetch, MessageChannel: realChannel });
  }
  const saved = async ({ token }: WorkerHandover) => {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await world.fetch(new Request(`${endpoint}/status`, { headers }));
    return (await response.json()).totalChanges;
  };
  assertEquals(await Promise.all(handovers.map(saved)), [0, 1, 1]);
});

Deno.test("a user who logs out while another page keeps the service worker waiting is not brought back by it", async () => {
  await using world = new World();
  const { endpoint } = world;
  const token = await world.token("ada");
  const { fetch: realFetch, MessageChannel: realChannel, setTimeout: realSetTimeout } = globalThis;
  // Nobody's patience ends in this test: what waits for the slow page waits for ever.
  globalThis.setTimeout =
    ((work: () => void, ms?: number) => ms === 3000 ? 0 : realSetTimeout(work, ms)) as typeof setTimeout;
  globalThis.MessageChannel = TestMessageChannel as unknown as typeof MessageChannel;
  let synced = 0;
  globalThis.fetch = async (url, init) => {
    const response = await world.fetch(new Request(url, init));
    synced++;
    return response;
  };
  try {
    const client = createSyncClient({ endpoint, getToken: () => token, autoSync: false });
    await client.create("goal", { id: "g" });
    await client.manualSync();
    const handover = { endpoint, name: "tenuto", userId: "ada", token };
    let answerLate = () => {};
    const slow: OpenPage = {
      postMessage: (_message, [port]) => void (answerLate = () => (port as MessagePort).postMessage(null)),
    };
    const before = synced;
    const drain = drainQueues([pageOf(handover), slow]);
    for (let turn = 0; synced === before && turn < 5000; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert(synced > before, "it waits for the page that does not answer");
    await world.settle();
    await client.logout();
    await client.close();
    answerLate();
    await drain;
    const next = createSyncClient({ endpoint, getToken: () => null, autoSync: false });
    await next.ready;
    const seen = [next.status.userId, next.list("goal")];
    await next.close();
    assertEquals(seen, [null, []]);
  } finally {
    Object.assign(globalThis, { fetch: realFetch, MessageChannel: realChannel, setTimeout: realSetTimeout });
  }
});
