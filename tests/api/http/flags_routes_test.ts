/** `/api/admin/flags`: what operators set, read and audit, and what is refused. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { flagsWorld } from "./flags_world.ts";
import { problemOf } from "./http_world.ts";

const seed = 20_261_122;

Deno.test("what is set is read back, decides from the next request on, and is audited with its operator", async () => {
  const { put, read, audit, decision } = flagsWorld({ config: { syncV2RolloutPercent: 5 } });
  assertEquals(await read(), {
    percent: 5,
    percentFrom: "setting",
    paused: false,
    overrides: {},
    settings: { percent: 5, paused: false },
    revision: 0,
  });
  assertEquals(await decision(), { syncV2: false, reason: "rollout" });
  const answer = await put({ percent: 99.99, overrides: { bob: false } });
  assertEquals(answer.status, 200);
  const state = {
    percent: 99.99,
    percentFrom: "switch",
    paused: false,
    overrides: { bob: false },
    settings: { percent: 5, paused: false },
    revision: 1,
  };
  assertEquals(await answer.json(), state);
  assertEquals(await read(), state);
  assertEquals(await decision(), { syncV2: true, reason: "rollout" });
  assertEquals(await decision("bob"), { syncV2: false, reason: "override" });
  assertEquals(await audit(), {
    changes: [{
      revision: 1,
      at: "2026-11-22T12:00:00.000Z",
      by: "clara",
      via: "api",
      before: { percent: null, paused: false },
      after: { percent: 99.99, paused: false },
      overrides: [{ user: "bob", before: null, after: false }],
    }],
    nextBefore: null,
  });
});

Deno.test("what is left out stays; null gives the percentage back to the setting", async () => {
  const { put, read } = flagsWorld();
  await put({ percent: 5, overrides: { ada: true } });
  await put({ paused: true });
  const { percent, paused, overrides } = await read();
  assertEquals([percent, paused, overrides], [5, true, { ada: true }]);
  await put({ percent: null });
  const { percent: ofSetting, percentFrom } = await read();
  assertEquals([ofSetting, percentFrom], [100, "setting"]);
});

Deno.test("what was read can be put back as it is, users called like parts of an object included", async () => {
  const { put, read, audit } = flagsWorld();
  await put('{"percent":50,"overrides":{"__proto__":true,"constructor":false,"ä \\" \\\\":true}}');
  const whole = JSON.stringify(await read());
  assert(whole.includes('"__proto__":true'), whole);
  const again = await put(whole);
  assertEquals([again.status, JSON.stringify(await again.json())], [200, whole]);
  assertEquals((await audit()).changes.length, 1);
});

Deno.test("If-Match keeps one operator from overwriting what another has just set", async () => {
  const { ask, put, read } = flagsWorld();
  const admin = { sub: "robert", scope: "sync:admin" };
  const etag = (await ask(admin, "GET", "/api/admin/flags")).headers.get("ETag")!;
  const mine = await put({ percent: 5 }, { "If-Match": etag });
  assertEquals(mine.status, 200);
  const theirs = await ask(admin, "PUT", "/api/admin/flags", { percent: 50 }, { "If-Match": etag });
  assertEquals(await problemOf(theirs), [412, "precondition_failed"]);
  for (const header of [`W/${etag}`, `${mine.headers.get("ETag")}, "x"`, "x", 'w/"x"', ""]) {
    assertEquals((await put({ percent: 50 }, { "If-Match": header })).status, 412, header);
  }
  assertEquals((await read()).percent, 5);
  assertEquals((await put({ percent: 6 }, { "If-Match": mine.headers.get("ETag")! })).status, 200);
  assertEquals((await put({ percent: 7 }, { "If-Match": "*" })).status, 200);
});

Deno.test("flags that are compressed on their way are changed with the weak ETag that they came under", async () => {
  const { ask, put, read } = flagsWorld();
  const admin = { sub: "robert", scope: "sync:admin" };
  const users = Array.from({ length: 60 }, (_, i) => [`tester-${i}@example.org`, true]);
  assertEquals((await put({ overrides: Object.fromEntries(users) })).status, 200);
  const zipped = { "Accept-Encoding": "gzip" };
  const shown = await ask(admin, "GET", "/api/admin/flags", undefined, zipped);
  await shown.body?.cancel();
  const etag = shown.headers.get("ETag")!;
  assertEquals([shown.headers.get("Content-Encoding"), etag.slice(0, 3)], ["gzip", 'W/"']);
  assertEquals((await put({ paused: true }, { "If-Match": etag })).status, 200);
  assertEquals(
    (await put({ paused: false }, { "If-Match": etag })).status,
    412,
    "it names what stood before",
  );
  assertEquals((await read()).paused, true);
});

Deno.test("a body that is not right names its member, repeats no value and changes nothing", async () => {
  const { put, read } = flagsWorld();
  const bodies: [string, unknown][] = [
    ["object", []],
    ["object", 7],
    ["at least one", {}],
    ["at least one", { revision: 0 }],
    ["none of", { pause: true }],
    ["none of", { percent: 5, CANARY: 1 }],
    ["none of", '{"percent":5,"__proto__":1}'],
    ...[-1, 100.01, 5.001, "5", true, [5]].map((percent): [string, unknown] => ["'percent'", { percent }]),
    ["'percent'", '{"percent":1e999}'],
    ...[null, 1, "true"].map((paused): [string, unknown] => ["'paused'", { paused }]),
    ...[null, [], "CANARY"].map((overrides): [string, unknown] => ["'overrides'", { overrides }]),
    ...["", "CANARY\u0000", "x".repeat(129), "\ud800"].map((user): [string, unknown] => [
      "'overrides'",
      { overrides: { [user]: true } },
    ]),
    ...[null, 1, "CANARY"].map((on): [string, unknown] => ["'overrides'", { overrides: { ada: on } }]),
    ["at most 100", {
      overrides: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`u${i}`, true])),
    }],
  ];
  for (const [says, body] of bodies) {
    const answer = await put(body);
    const text = await answer.clone().text();
    assertEquals(await problemOf(answer), [400, "invalid_request"], text);
    assert(JSON.parse(text).detail.includes(says) && !text.includes("CANARY"), text);
  }
  assertEquals((await put("{")).status, 400);
  assertEquals((await read()).revision, 0);
});

Deno.test(`property: any body is set as it says or refused without a trace (seed ${seed})`, async () => {
  const { put, read } = flagsWorld({
    config: { rateLimitPerMinute: 1e6, rateLimitPerAddressPerMinute: 1e6 },
  });
  const key = fc.constantFrom(
    "__proto__",
    "constructor",
    "ada",
    "",
    "x".repeat(129),
    "ü \u{1f3b5}",
    "\ud800",
  );
  const hundredths = fc.integer({ min: 0, max: 10_000 }).map((n) => n / 100);
  const any = fc.jsonValue({ maxDepth: 2 });
  const body = fc.record({
    percent: fc.oneof(hundredths, hundredths, fc.double(), fc.constant(null), any),
    paused: fc.oneof(fc.boolean(), fc.boolean(), any),
    overrides: fc.oneof(fc.dictionary(key, fc.boolean(), { noNullPrototype: true }), any),
  }, { requiredKeys: [] });
  let before = await read();
  const counts = { set: 0, refused: 0 };
  const property = fc.asyncProperty(body, async (asked) => {
    const answer = await put(asked);
    await answer.body?.cancel();
    const after = await read();
    if (answer.status === 400) assertEquals(after, before);
    else {
      assertEquals(answer.status, 200);
      const { percent = after.percent, paused = after.paused, overrides = after.overrides } = asked;
      assertEquals([after.percent, after.paused, after.overrides], [percent ?? 100, paused, overrides]);
    }
    counts[answer.status === 200 ? "set" : "refused"] += 1;
    before = after;
  });
  await fc.assert(property, { seed, numRuns: 400 });
  assert(counts.set > 25 && counts.refused > 25, JSON.stringify(counts));
});

Deno.test("the audit trail comes in pages", async () => {
  const { put, audit, ask } = flagsWorld();
  for (let percent = 1; percent <= 5; percent++) await put({ percent });
  const first = await audit("?limit=2");
  assertEquals([first.changes.map(({ revision }: { revision: number }) => revision), first.nextBefore], [
    [5, 4],
    4,
  ]);
  const last = await audit("?limit=3&before=4");
  assertEquals([last.changes.length, last.nextBefore], [3, null]);
  for (const query of ["limit=0", "limit=1001", "limit=x", "before=0", "before=1.5"]) {
    const answer = await ask({ scope: "sync:admin" }, "GET", `/api/admin/flags/audit?${query}`);
    assertEquals(await problemOf(answer), [400, "invalid_request"], query);
  }
});
