/**
 * What lies in Deno KV after requests over HTTP: nothing of one user under a key of another, and nothing at all
 * after an erase. Looked at in a dump of the whole store.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createApp, createLedger, kvLedgerStore, plainAuthenticator } from "../../../api/mod.ts";
import { systemIds } from "../../../api/adapters/system_ids.ts";
import { systemRandom } from "../../../api/adapters/system_random.ts";
import type { Authenticator } from "../../../api/ports.ts";
import { testChange, testRequest } from "./http_world.ts";
import { virtualClock } from "./virtual_clock.ts";

/** A bearer token cannot hold every user's name; its bytes in hex can. */
const hexAuthenticator: Authenticator = {
  authenticate(token) {
    const bytes = token.match(/../g)?.map((pair) => parseInt(pair, 16)) ?? [];
    return plainAuthenticator().authenticate(new TextDecoder().decode(Uint8Array.from(bytes)));
  },
};
const bearer = (user: string) => ({
  Authorization: `Bearer ${
    [...new TextEncoder().encode(user)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  }`,
});

async function withKv(test: (world: ReturnType<typeof kvWorld>) => Promise<void>): Promise<void> {
  const kv = await Deno.openKv(":memory:");
  try {
    await test(kvWorld(kv));
  } finally {
    kv.close();
  }
}

function kvWorld(kv: Deno.Kv) {
  const clock = virtualClock();
  const store = kvLedgerStore(kv);
  // The sweep that comes with an erase is cut short, as by the end of an isolate.
  const interrupted = { ...store, sweepErased: () => store.sweepErased(50) };
  const ledger = createLedger({ store: interrupted, clock, ids: systemIds(), random: systemRandom() });
  const app = createApp({ ledger, authenticator: hexAuthenticator, clock });
  return {
    store,
    async ask(user: string, method: string, path: string, body?: unknown) {
      const answer = await app.request(`/api/sync/v2${path}`, {
        method,
        headers: { ...bearer(user), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    /** Every entry of the store: its key, and key and value as text. */
    async dump() {
      const entries: { key: Deno.KvKey; text: string }[] = [];
      for await (const { key, value } of kv.list({ prefix: [] })) {
        const shown = value instanceof Uint8Array ? new TextDecoder().decode(value) : JSON.stringify(value);
        entries.push({ key, text: `${JSON.stringify(key)} ${shown}` });
      }
      return entries;
    },
  };
}

/** Names that a careless key would mix up with their neighbour's. */
const neighbours: readonly (readonly [string, string])[] = [
  ["ada", "bob"],
  ["ada", "ad"],
  ["ada", "ada/0"],
  ["a", "a\u0020"],
  ["ada", "Ada"],
  ["é", "e\u0301"],
  ["\ufffd", "\ufffd\ufffd"],
  ["log", "head"],
  ["0", "00"],
  ['["ada"]', "ada"],
];

const step = fc.record({
  who: fc.constantFrom(0, 1),
  what: fc.constantFrom("create", "create", "update", "update", "delete", "large", "read", "erase"),
  entity: fc.integer({ min: 0, max: 3 }),
  base: fc.integer({ min: 0, max: 5 }),
});

Deno.test("property: B's answers and keys never hold A's canary, whatever both do", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const property = fc.asyncProperty(
    fc.constantFrom(...neighbours),
    fc.array(step, { minLength: 4, maxLength: 30 }),
    (names, steps) =>
      withKv(async ({ ask, dump }) => {
        const canaries = ["c4n4ry-of-a", "c4n4ry-of-b"];
        for (const { who, what, entity, base } of steps) {
          const user = names[who]!;
          const canary = canaries[who]!;
          const texts: string[] = [];
          const push = async (over: Record<string, unknown>) => {
            // Both use the same entity ids.
            const change = testChange({ entityId: `e${entity}`, baseVersion: base, ...over });
            const answer = await ask(
              user,
              "POST",
              "",
              testRequest({ changes: [change], lastKnownServerVersion: 0 }),
            );
            assertEquals(answer.status, 200, answer.text);
            texts.push(answer.text);
          };
          if (what === "create") await push({ data: { title: canary, [canary]: base } });
          else if (what === "update") await push({ type: "UPDATED", data: { title: `${canary} ${base}` } });
          else if (what === "large") await push({ data: { title: canary, text: canary.repeat(8_000) } });
          else if (what === "delete") await push({ type: "DELETED", data: undefined });
          else if (what === "erase") await ask(user, "DELETE", "/data");
          else {
            for (const path of ["/status", "/history", "/conflicts", "/export"]) {
              texts.push((await ask(user, "GET", path)).text);
            }
          }
          for (const text of texts) assert(!text.includes(canaries[1 - who]!), `${what} of ${user}`);
        }
        for (const { key, text } of await dump()) {
          if (key.length === 1) continue; // The store's own: generation, flags.
          assert(names.includes(String(key[1])), `a key of nobody: ${JSON.stringify(key)}`);
          const other = canaries[key[1] === names[0] ? 1 : 0]!;
          assert(!text.includes(other), `${JSON.stringify(key)} holds what is not its user's`);
        }
      }),
  );
  await fc.assert(property, { seed, numRuns: 60 });
});

Deno.test("an erase leaves no key of the old data, no device and no value anywhere, also when the sweep takes many runs", () =>
  withKv(async ({ ask, dump, store }) => {
    const canary = "c4n4ry";
    const fill = async (user: string) => {
      for (let round = 0; round < 12; round += 1) {
        const changes = Array.from(
          { length: 100 },
          (_, i) =>
            testChange({
              entityId: `${canary}-${round}-${i}`,
              data: { [canary]: i === 0 ? canary.repeat(20_000) : canary },
            }),
        );
        changes.push({ ...changes[0], changeId: crypto.randomUUID(), type: "DELETED", data: undefined });
        const request = testRequest({ changes, limit: 1, deviceId: crypto.randomUUID() });
        const { status, text } = await ask(user, "POST", "", request);
        assertEquals(status, 200);
        assert(!text.includes('"retry"'));
      }
    };
    await fill("ada");
    await fill("bob");
    const keysOf = async (user: string) => (await dump()).filter(({ key }) => key[1] === user);
    const before = await keysOf("ada");
    assert(before.length > 4_000, `only ${before.length} keys`);
    const bobs = (await keysOf("bob")).map(({ text }) => text);

    assertEquals((await ask("ada", "DELETE", "/data")).status, 204);
    const unswept = await keysOf("ada");
    assert(unswept.length > 4_000, `${unswept.length} keys: the sweep was to be interrupted`);
    const { text } = await ask("ada", "POST", "", testRequest());
    assert(!text.includes(canary), "gone at once for whoever asks");
    // In small steps, as a sweep that is interrupted again and again.
    for (let run = 0; run < 200; run += 1) await store.sweepErased(100);
    const left = await keysOf("ada");
    assertEquals(left.map(({ key }) => key), [["head", "ada"]]);
    assert(!left[0]?.text.includes(canary));
    assertEquals((await keysOf("bob")).map(({ text }) => text), bobs, "the other user keeps everything");
  }));
