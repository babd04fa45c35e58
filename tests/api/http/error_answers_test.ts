import { assert, assertEquals } from "@std/assert";
import { httpWorld, problemOf, testChange, testRequest } from "./http_world.ts";

const post = (body: string) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body });

Deno.test("without a token everything under /api/ is 401: unknown paths, bad bodies, wrong methods", async () => {
  const { app } = httpWorld();
  const requests: [string, RequestInit][] = [
    ["/api/sync/v2", post("{")],
    ["/api/sync/v2", { method: "GET" }],
    ["/api/sync/v2", { method: "OPTIONS" }],
    ["/api/sync/v2/status", {}],
    ["/api/nothing/here", {}],
    ["/api/", {}],
    ["/api", {}],
    ["/%61pi/sync/v2/status", {}],
    ["/api/sync/v2/data", { method: "DELETE" }],
    ["/api/sync/v2", post("x".repeat(2_000_000))],
  ];
  for (const [path, init] of requests) {
    const response = await app.request(path, init);
    assertEquals(response.headers.get("WWW-Authenticate"), "Bearer", path);
    assertEquals(await problemOf(response), [401, "unauthenticated"], path);
  }
});

Deno.test("all 401s have one shape, whatever is wrong with the token", async () => {
  const { app, token, clock } = httpWorld();
  const good = await token();
  const nowSeconds = clock.nowMs() / 1000;
  const headers = [
    undefined,
    "Bearer",
    "Bearer ",
    `Basic ${good}`,
    `Bearer ${good} x`,
    `Bearer ${good}x`,
    `Token ${good}`,
    `Bearer ${await token({ sub: null })}`,
    `Bearer ${await token({ exp: null })}`,
    `Bearer ${await token({ iat: nowSeconds + 600 })}`,
    `Bearer ${await token({}, "another secret of thirty-two bytes!")}`,
    `Bearer ${"x".repeat(9_000)}`,
  ];
  const shapes = new Set<string>();
  for (const header of headers) {
    const response = await app.request("/api/sync/v2/status", {
      headers: header === undefined ? {} : { Authorization: header },
    });
    const { requestId: _, ...body } = await response.json();
    shapes.add(JSON.stringify([response.status, [...response.headers.keys()], body]));
  }
  assertEquals(shapes.size, 1, [...shapes].join("\n"));
});

Deno.test("an expired token is told apart by its code", async () => {
  const { app, token, clock } = httpWorld();
  const expired = await token({ iat: null, exp: clock.nowMs() / 1000 - 61 });
  const response = await app.request("/api/sync/v2/status", {
    headers: { Authorization: `Bearer ${expired}` },
  });
  assertEquals(response.headers.get("WWW-Authenticate"), "Bearer");
  assertEquals(await problemOf(response), [401, "token_expired"]);
});

Deno.test("the scheme's case does not matter", async () => {
  const { app, token } = httpWorld();
  const response = await app.request("/api/sync/v2/status", {
    headers: { Authorization: `bEARER ${await token()}` },
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

Deno.test("keys that cannot be had are 503 with Retry-After, never open", async () => {
  const { createApp, memoryLedger } = await import("../../../api/mod.ts");
  const app = createApp({
    ledger: memoryLedger(),
    authenticator: { authenticate: () => Promise.resolve({ ok: false, code: "unavailable" }) },
  });
  const response = await app.request("/api/sync/v2/status", { headers: { Authorization: "Bearer x" } });
  assertEquals(response.headers.get("Retry-After"), "30");
  assertEquals(await problemOf(response), [503, "busy"]);
});

Deno.test("a token in a cookie or in the query is none", async () => {
  const { app, token } = httpWorld();
  const good = await token();
  const response = await app.request(`/api/sync/v2/status?access_token=${good}&token=${good}`, {
    headers: { Cookie: `token=${good}; Authorization=${good}` },
  });
  assertEquals(await problemOf(response), [401, "unauthenticated"]);
});

Deno.test("an unknown path is 404, also one that only looks like a route", async () => {
  const { get } = httpWorld();
  const paths = [
    "/api/nope",
    "/api/sync/v2/",
    "/api/sync/v2/nope",
    "/api/sync/v3",
    "/api/sync/V2/status",
    "/nope",
    "/",
  ];
  for (const path of paths) assertEquals(await problemOf(await get(path)), [404, "not_found"], path);
});

Deno.test("a wrong method is 405 and names the right ones", async () => {
  const { app, authorized } = httpWorld();
  const routes: [string, string, string][] = [
    ["GET", "/api/sync/v2", "POST"],
    ["PUT", "/api/sync/v2", "POST"],
    ["OPTIONS", "/api/sync/v2", "POST"],
    ["POST", "/api/sync/v2/status", "GET, HEAD"],
    ["DELETE", "/api/sync/v2/history", "GET, HEAD"],
    ["POST", "/api/sync/v2/conflicts", "GET, HEAD"],
    ["POST", "/api/sync/v2/export", "GET, HEAD"],
    ["GET", "/api/sync/v2/data", "DELETE"],
    ["POST", "/healthz", "GET, HEAD"],
    ["POST", "/readyz", "GET, HEAD"],
  ];
  for (const [method, path, allow] of routes) {
    const response = await app.request(path, { method, headers: await authorized() });
    assertEquals(response.headers.get("Allow"), allow, `${method} ${path}`);
    assertEquals(await problemOf(response), [405, "method_not_allowed"], `${method} ${path}`);
  }
});

Deno.test("an envelope that is not valid names its field and repeats no value", async () => {
  const { sync } = httpWorld();
  const cases: [string, unknown][] = [
    ["lastKnownServerVersion", { changes: [] }],
    ...[-1, 1.5, "7", null, 2 ** 53].map((value): [string, unknown] => [
      "lastKnownServerVersion",
      testRequest({ lastKnownServerVersion: value }),
    ]),
    ["changes", { lastKnownServerVersion: 0 }],
    ["changes", testRequest({ changes: {} })],
    ["changes", testRequest({ changes: "CANARY" })],
    ["deviceId", testRequest({ deviceId: "CANARY" })],
    ["deviceId", testRequest({ deviceId: null })],
    ["epoch", testRequest({ epoch: "CANARY".repeat(40) })],
    ["epoch", testRequest({ epoch: 7 })],
    ["snapshot", testRequest({ snapshot: false })],
    ["snapshot", testRequest({ snapshot: "CANARY" })],
    ...[0, 1001, 1.5, "5"].map((limit): [string, unknown] => ["limit", testRequest({ limit })]),
  ];
  for (const [field, body] of cases) {
    const response = await sync(body);
    const text = await response.clone().text();
    assertEquals(await problemOf(response), [400, "invalid_request"], text);
    assert(JSON.parse(text).detail.includes(`'${field}'`), text);
    assert(!text.includes("CANARY"), text);
  }
  for (const body of ["[]", "null", "1", '"CANARY"']) {
    const response = await sync(body);
    assert(!(await response.clone().text()).includes("CANARY"));
    assertEquals(await problemOf(response), [400, "invalid_request"]);
  }
});

Deno.test("body faults come out as problems of the contract", async () => {
  const { sync } = httpWorld();
  assertEquals(await problemOf(await sync("{")), [400, "malformed_json"]);
  assertEquals(await problemOf(await sync("")), [400, "malformed_json"]);
  assertEquals(await problemOf(await sync(new Uint8Array([0x22, 0xff, 0x22]))), [400, "invalid_utf8"]);
  assertEquals(await problemOf(await sync("{}", { "Content-Type": "text/plain" })), [
    415,
    "unsupported_media_type",
  ]);
  assertEquals(await problemOf(await sync("{}", { "Content-Encoding": "br" })), [
    415,
    "unsupported_media_type",
  ]);
});

Deno.test("501 changes are 413 with both bounds, and none is applied; 500 are taken", async () => {
  const { sync } = httpWorld();
  const changes = Array.from({ length: 501 }, () => testChange());
  const refused = await sync(testRequest({ changes }));
  const { maxBytes, maxChanges } = await refused.clone().json();
  assertEquals([maxBytes, maxChanges], [1_048_576, 500]);
  assertEquals(await problemOf(refused), [413, "request_too_large"]);
  assertEquals((await (await sync(testRequest())).json()).serverVersion, 0);

  const taken = await sync(testRequest({ changes: changes.slice(0, 500) }));
  assertEquals([taken.status, (await taken.json()).results.length], [200, 500]);
});

Deno.test("a thrown error is 500 without a stack or a value, and the log has no message", async () => {
  const { get, log } = httpWorld({
    ledger: { status: () => Promise.reject(new Error("CANARY\n    at CANARY")) },
  });
  const response = await get("/api/sync/v2/status");
  const text = await response.clone().text();
  assertEquals(await problemOf(response), [500, "internal"]);
  assert(!text.includes("CANARY") && !text.includes(".ts"), text);
  const line = log.find(({ event }) => event === "unexpected_error");
  assertEquals(line?.requestId, JSON.parse(text).requestId);
  assert(
    (line?.stack as string[]).length > 0 && !JSON.stringify(log).includes("CANARY"),
    JSON.stringify(log),
  );
});

Deno.test("what a ledger throws that is no Error is 500 too", async () => {
  const { get } = httpWorld({ ledger: { status: () => Promise.reject("CANARY") } });
  const response = await get("/api/sync/v2/status");
  assert(!(await response.clone().text()).includes("CANARY"));
  assertEquals(await problemOf(response), [500, "internal"]);
});

Deno.test("a busy or paused ledger is 503 with whole seconds to wait", async () => {
  for (
    const [code, retryAfterMs, seconds] of [["busy", 1, "1"], ["busy", 1_001, "2"], [
      "paused",
      60_000,
      "60",
    ]] as const
  ) {
    const failure = () => Promise.resolve({ ok: false as const, code, retryAfterMs });
    const { sync, app, authorized } = httpWorld({ ledger: { exchange: failure, erase: failure } });
    const pushed = await sync(testRequest());
    assertEquals(pushed.headers.get("Retry-After"), seconds);
    assertEquals(await problemOf(pushed), [503, code]);
    const erased = await app.request("/api/sync/v2/data", { method: "DELETE", headers: await authorized() });
    assertEquals(await problemOf(erased), [503, code]);
  }
});

Deno.test("the configured kill switch pauses exchanges and leaves reads open", async () => {
  const { sync, get } = httpWorld({ config: { syncV2Paused: true } });
  const response = await sync(testRequest());
  assertEquals(response.headers.get("Retry-After"), "60");
  assertEquals(await problemOf(response), [503, "paused"]);
  const status = await get("/api/sync/v2/status");
  assertEquals(status.status, 200);
  await status.body?.cancel();
});
