import { assertEquals, assertRejects } from "@std/assert";
import { createApp, memoryLedger, type RolloutFlags } from "../../api/mod.ts";
import { FlagsError } from "../../scripts/flags/flags_target.ts";
import { httpFlags } from "../../scripts/flags/http_flags.ts";

/** A server whose flags `rival` may change just before a `PUT` arrives. */
async function withServer(
  rival: (flags: RolloutFlags, put: number) => Promise<unknown>,
  test: (endpoint: string, flags: RolloutFlags) => Promise<void>,
): Promise<void> {
  const ledger = memoryLedger();
  const identity = { user: "clara", scopes: new Set(["sync:admin"]) };
  const app = createApp({
    ledger,
    authenticator: { authenticate: () => Promise.resolve({ ok: true, identity }) },
  });
  let puts = 0;
  const http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.method === "PUT") await rival(ledger.flags, ++puts);
    return await app.fetch(request, {});
  });
  try {
    await test(`http://127.0.0.1:${http.addr.port}`, ledger.flags);
  } finally {
    await http.shutdown();
  }
}

const robert = { by: "robert", via: "api" } as const;

Deno.test("an override that another operator sets meanwhile is kept", () =>
  withServer(
    async (flags, put) => {
      if (put === 1) await flags.change({ percent: 7, overrideOf: new Map([["eve", false]]) }, robert);
    },
    async (endpoint, flags) => {
      const target = httpFlags(endpoint, "t");
      assertEquals(await target.change({ overrideOf: new Map([["ada", true]]) }), {
        before: { percent: 7, paused: false },
        after: { percent: 7, paused: false },
        overrides: [{ user: "ada", before: null, after: true }],
      });
      const { overrides, percent } = await flags.read();
      assertEquals([overrides, percent], [new Map([["eve", false], ["ada", true]]), 7]);
      assertEquals(await target.change({ overrideOf: new Map([["ada", true]]) }), "unchanged");
    },
  ));

Deno.test("flags that others change all the time are given up after a bounded number of tries", () => {
  let puts = 0;
  return withServer(
    async (flags, put) => {
      puts = put;
      await flags.change({ percent: put }, robert);
    },
    async (endpoint, flags) => {
      const target = httpFlags(endpoint, "t");
      await assertRejects(() => target.change({ paused: true }), FlagsError, "Nothing was changed");
      assertEquals([puts, (await flags.read()).paused], [5, false]);
    },
  );
});

Deno.test("v2 is paused also when so many overrides are set that the flags come compressed", () =>
  withServer(
    () => Promise.resolve(),
    async (endpoint, flags) => {
      const overrideOf = new Map(Array.from({ length: 60 }, (_, i) => [`tester-${i}@example.org`, true]));
      await flags.change({ overrideOf }, robert);
      await httpFlags(endpoint, "t").change({ paused: true });
      assertEquals((await flags.read()).paused, true);
    },
  ));

Deno.test("an endpoint that is somebody else's is told as such, whatever it answers, and is sent no change", async () => {
  const flags = { percent: 5, percentFrom: "switch", paused: false, overrides: {}, revision: 1 };
  const bodies = [
    "<!doctype html>",
    "",
    "null",
    "[]",
    "{}",
    JSON.stringify(flags),
    '{"overrides":{},"settings":{}}',
    '{"changes":[{}]}',
  ];
  let body = "";
  const methods: string[] = [];
  const http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    methods.push(request.method);
    return new Response(body);
  });
  try {
    const endpoint = `http://127.0.0.1:${http.addr.port}`;
    const target = httpFlags(endpoint, "t");
    for (body of bodies) {
      for (const ask of [target.read, () => target.audit(5), () => target.change({ paused: true })]) {
        const error = await assertRejects(ask, FlagsError, "is the endpoint right?");
        assertEquals(error.message.startsWith(`${endpoint} answered 200. `), true, error.message);
      }
    }
    assertEquals(methods.filter((method) => method !== "GET"), []);
  } finally {
    await http.shutdown();
  }
});
