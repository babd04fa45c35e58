/** `/readyz` is asked before every limit and without a token: what it costs the store is bounded by itself. */
import { assertEquals } from "@std/assert";
import { httpWorld } from "./http_world.ts";

/** A store that counts how often it is asked, and answers when it is told to. */
function countedStore() {
  const asked: PromiseWithResolvers<void>[] = [];
  const ready = () => {
    const answer = Promise.withResolvers<void>();
    asked.push(answer);
    return answer.promise;
  };
  const { app, clock } = httpWorld({ ledger: { ready } });
  return { asked, clock, status: async () => (await app.request("/readyz")).status };
}

/** Lets what is under way reach the store. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("many who ask at once are answered by one read of the store, which counts for a second", async () => {
  const { asked, clock, status } = countedStore();
  const statuses = Promise.all(Array.from({ length: 50 }, status));
  await settled();
  asked[0]!.resolve();
  assertEquals(new Set(await statuses), new Set([200]));
  clock.advance(999);
  assertEquals([await status(), asked.length], [200, 1]);
  clock.advance(1);
  const failed = status();
  await settled();
  asked[1]!.reject(new Error("gone"));
  assertEquals([await failed, await status(), asked.length], [503, 503, 2]);
});

Deno.test("a read that does not come back is not waited for by those who ask later", async () => {
  const { asked, clock, status } = countedStore();
  const stuck = status();
  await settled();
  clock.advance(4_999);
  const late = status();
  await settled();
  assertEquals(asked.length, 1);
  clock.advance(1);
  const fresh = status();
  await settled();
  asked[1]!.resolve();
  assertEquals([await fresh, asked.length], [200, 2]);
  asked[0]!.reject(new Error("gone"));
  assertEquals([await stuck, await late, await status()], [503, 503, 200]);
});
