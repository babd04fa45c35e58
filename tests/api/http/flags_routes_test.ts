/** `/api/flags` for users, `/api/admin/flags` for operators, and the kill switch as clients meet it. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { httpWorld, type HttpWorldOptions, problemOf, testChange, testRequest } from "./http_world.ts";
import type { TestClaims } from "./test_tokens.ts";

const seed = 20_261_122;

/** The world with requests of an operator, and of any user. */
function flagsWorld(options: HttpWorldOptions = {}) {
  const world = httpWorld(options);
  async function ask(claims: TestClaims, method: string, path: string, body?: unknown, headers = {}) {
    return await world.app.request(path, {
      method,
      headers: {
        ...await world.authorized(claims),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }
  const operator = { sub: "clara", scope: "sync:admin" };
  return {
    ...world,
    ask,
    put: (body: unknown, headers = {}) => ask(operator, "PUT", "/api/admin/flags", body, headers),
    read: async () => await (await ask(operator, "GET", "/api/admin/flags")).json(),
    audit: async (query = "") => await (await ask(operator, "GET", `/api/admin/flags/audit${query}`)).json(),
    decision: async (sub = "ada") => await (await ask({ sub }, "GET", "/api/flags")).json(),
  };
}

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
  for (const header of [`W/${mine.headers.get("ETag")}`, `${mine.headers.get("ETag")}, "x"`, "x", ""]) {
    assertEquals((await put({ percent: 50 }, { "If-Match": header })).status, 412, header);
  }
  assertEquals((await read()).percent, 5);
  assertEquals((await put({ percent: 6 }, { "If-Match": mine.headers.get("ETag")! })).status, 200);
  assertEquals((await put({ percent: 7 }, { "If-Match": "*" })).status, 200);
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

Deno.test("only a scope that has sync:admin opens the admin routes, whatever else a token says", async () => {
  const { ask, app, token } = flagsWorld();
  const doors: [string, string, unknown?][] = [
    ["GET", "/api/admin/flags"],
    ["HEAD", "/api/admin/flags"],
    ["PUT", "/api/admin/flags", { paused: true }],
    ["PUT", "/api/admin/flags", "{"],
    ["GET", "/api/admin/flags/audit"],
    ["GET", "/api/admin"],
    ["GET", "/api/admin/absent"],
    ["DELETE", "/api/admin/flags"],
  ];
  const closed: TestClaims[] = [
    {},
    { scope: "" },
    { scope: "sync" },
    { scope: "sync:admins xsync:admin sync:admin:read" },
    { scope: "SYNC:ADMIN" },
    { scope: "sync:admin\tother" },
    { scope: "a,sync:admin" },
    { scope: ["sync:admin"] },
    { scope: { "sync:admin": true } },
    { scp: "sync:admin", scopes: "sync:admin", roles: ["sync:admin"], admin: true },
    { sub: "sync:admin" },
  ];
  for (const claims of closed) {
    for (const [method, path, body] of doors) {
      const answer = await ask(claims, method, path, body);
      const what = `${method} ${path} ${JSON.stringify(claims)}`;
      assertEquals(answer.status, 403, what);
      assertEquals(
        answer.headers.get("WWW-Authenticate"),
        'Bearer error="insufficient_scope", scope="sync:admin"',
        what,
      );
      if (method !== "HEAD") assertEquals(await problemOf(answer), [403, "forbidden"], what);
    }
  }
  for (const scope of ["sync:admin", "a sync:admin b", " sync:admin ", "sync:admin sync:admin"]) {
    assertEquals((await ask({ scope }, "GET", "/api/admin/flags")).status, 200, scope);
  }
  const forged = await token({ scope: "sync:admin" }, "another secret of more than thirty-two bytes");
  const past = await token({ scope: "sync:admin", iat: 0, exp: 1 });
  for (const bearer of [forged, past, "", "x"]) {
    const headers = { Authorization: `Bearer ${bearer}` };
    assertEquals((await app.request("/api/admin/flags", { headers })).status, 401);
    assertEquals((await app.request("/api/flags", { headers })).status, 401);
  }
});

Deno.test("a demo token is no operator's, and asks in vain for a scope", async () => {
  const { app } = flagsWorld({ demo: true });
  const answer = await app.request("/demo/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"user":"clara","scope":"sync:admin"}',
  });
  const { token } = await answer.json();
  const headers = { Authorization: `Bearer ${token}` };
  assertEquals((await app.request("/api/admin/flags", { headers })).status, 403);
});

Deno.test("a user learns nothing of others' overrides, not even as an operator of nothing", async () => {
  const { put, ask } = flagsWorld();
  await put({ percent: 50, overrides: { CANARY: true, ada: false } });
  for (const path of ["/api/flags", "/api/flags?user=CANARY", "/api/flags?sub=CANARY"]) {
    const answer = await ask({ sub: "ada" }, "GET", path, undefined, { "X-User": "CANARY" });
    assertEquals(await answer.json(), { syncV2: false, reason: "override" }, path);
    assert(!JSON.stringify([...answer.headers]).includes("CANARY"));
  }
});

for (const how of ["run time", "the setting"] as const) {
  Deno.test(`paused by ${how}: exchanges are 503 with Retry-After, reads stay open, flags say so`, async () => {
    const { put, sync, get, decision, ask } = flagsWorld(
      how === "run time" ? {} : { config: { syncV2Paused: true } },
    );
    if (how === "run time") {
      assertEquals((await sync(testRequest({ changes: [testChange()] }))).status, 200);
      await put({ paused: true });
    } else {
      // The setting wins: nothing that is set at run time opens this server.
      await put({ paused: false, overrides: { ada: true } });
    }
    for (const changes of [[], [testChange()]]) {
      const answer = await sync(testRequest({ changes }));
      assertEquals(answer.headers.get("Retry-After"), "60");
      assertEquals(await problemOf(answer), [503, "paused"]);
    }
    const migrate = await ask({}, "POST", "/api/sync/v2/migrate");
    assertEquals(migrate.headers.get("Retry-After"), "60");
    assertEquals(await problemOf(migrate), [503, "paused"]);
    for (const path of ["status", "history", "conflicts", "export"]) {
      const answer = await get(`/api/sync/v2/${path}`);
      assertEquals(answer.status, 200, path);
      await answer.body?.cancel();
    }
    // The way back is open: pages of the older protocol go on.
    const v1 = await ask({}, "POST", "/api/sync/push", {
      changes: { goals: [{ id: "g", title: "Scales" }] },
    });
    assertEquals((await v1.json()).success, true);
    assertEquals(await decision(), { syncV2: false, reason: "paused" });
    const { settings, paused } = await (await ask({ scope: "sync:admin" }, "GET", "/api/admin/flags")).json();
    assertEquals([settings.paused, paused], how === "run time" ? [false, true] : [true, false]);
    if (how === "the setting") return;
    await put({ paused: false });
    assertEquals((await sync(testRequest({ changes: [testChange()] }))).status, 200);
    assertEquals((await decision()).reason, "rollout");
  });
}

Deno.test("who is not in the rollout may use v2 all the same: it is closed by pausing only", async () => {
  const { put, sync, decision } = flagsWorld();
  await put({ percent: 0 });
  assertEquals(await decision(), { syncV2: false, reason: "rollout" });
  assertEquals((await sync(testRequest({ changes: [testChange()] }))).status, 200);
});

Deno.test("the log counts a change of the flags and names nobody", async () => {
  const { put, log } = flagsWorld();
  await put({ overrides: { CANARY: true } });
  const line = log.at(-1)!;
  assertEquals([line.route, line.status, line.revision, line.overrides], ["/api/admin/flags", 200, 1, 1]);
  assert(!JSON.stringify(log).includes("CANARY"));
});
