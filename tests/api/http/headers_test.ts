import { assert, assertEquals } from "@std/assert";
import { httpWorld, problemOf, testRequest } from "./http_world.ts";

Deno.test("every answer has its own X-Request-Id and nosniff, whatever it is", async () => {
  const { app, get, sync } = httpWorld();
  const answers = [
    await get("/api/sync/v2/status"),
    await sync(testRequest()),
    await sync("{"),
    await get("/api/nope"),
    await get("/nope"),
    await get("/healthz"),
    await app.request("/api/sync/v2/status"),
    await app.request("/api/x", {
      method: "OPTIONS",
      headers: { Origin: "https://a.example", "Access-Control-Request-Method": "GET" },
    }),
  ];
  const ids = new Set(answers.map(({ headers }) => headers.get("X-Request-Id")));
  assertEquals(ids.size, answers.length);
  assert(!ids.has(null));
  for (const { headers } of answers) assertEquals(headers.get("X-Content-Type-Options"), "nosniff");
  for (const answer of answers) await answer.body?.cancel();
});

Deno.test("a request id from outside is not taken over", async () => {
  const { get } = httpWorld();
  const response = await get("/healthz", { "X-Request-Id": "mine" });
  assert(response.headers.get("X-Request-Id") !== "mine");
  await response.body?.cancel();
});

Deno.test("API answers are never stored, errors included", async () => {
  const { app, get } = httpWorld();
  for (
    const response of [
      await get("/api/sync/v2/status"),
      await get("/api/nope"),
      await app.request("/api/nope"),
    ]
  ) {
    assertEquals(response.headers.get("Cache-Control"), "no-store");
    await response.body?.cancel();
  }
});

Deno.test("HSTS is sent on https only, and a forwarded https counts only behind a trusted proxy", async () => {
  const hsts = async (trustProxy: boolean, url: string, headers: Record<string, string> = {}) => {
    const response = await httpWorld({ config: { trustProxy } }).app.request(url, { headers });
    await response.body?.cancel();
    return response.headers.has("Strict-Transport-Security");
  };
  assertEquals(await hsts(false, "https://sync.example/healthz"), true);
  assertEquals(await hsts(false, "http://sync.example/healthz"), false);
  assertEquals(await hsts(false, "http://sync.example/healthz", { "X-Forwarded-Proto": "https" }), false);
  assertEquals(await hsts(true, "http://sync.example/healthz", { "X-Forwarded-Proto": "https" }), true);
  assertEquals(await hsts(true, "http://sync.example/healthz", { "X-Forwarded-Proto": "http" }), false);
});

const origin = "https://app.example";
const config = { allowedOrigins: [origin, "http://localhost:5173"] };
const preflight = (from: string) => ({
  method: "OPTIONS",
  headers: {
    "Origin": from,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
  },
});

Deno.test("a preflight of an allowed origin needs no token and gets exactly the contract's headers", async () => {
  const { app } = httpWorld({ config });
  const { status, headers } = await app.request("/api/sync/v2", preflight(origin));
  assertEquals(status, 204);
  assertEquals(headers.get("Access-Control-Allow-Origin"), origin);
  assertEquals(
    headers.get("Access-Control-Allow-Headers"),
    "Authorization, Content-Type, Content-Encoding, X-Device-ID, X-Idempotency-Key",
  );
  assert(headers.get("Access-Control-Allow-Methods")?.includes("POST"));
  assertEquals(headers.has("Access-Control-Allow-Credentials"), false);
  assert(headers.get("Vary")?.includes("Origin"));
});

Deno.test("an origin that is not exactly on the list gets no CORS header, and its preflight is 403", async () => {
  const { app, get } = httpWorld({ config });
  const others = [
    "null",
    "https://evil.example",
    "https://app.example.evil",
    "https://app.example:8443",
    "http://app.example",
    "https://sub.app.example",
    "https://APP.example",
    "*",
  ];
  for (const other of others) {
    const refused = await app.request("/api/sync/v2", preflight(other));
    assertEquals(refused.headers.has("Access-Control-Allow-Origin"), false, other);
    assertEquals(await problemOf(refused), [403, "forbidden"], other);
    const plain = await get("/api/sync/v2/status", { Origin: other });
    assertEquals(plain.headers.has("Access-Control-Allow-Origin"), false, other);
    assert(plain.headers.get("Vary")?.includes("Origin"), other);
    await plain.body?.cancel();
  }
});

Deno.test("a page on the list can read answers, errors before authentication included", async () => {
  const { app, get } = httpWorld({ config: { ...config, rateLimitPerAddressPerMinute: 2 } });
  const answers = [
    await get("/api/sync/v2/status", { Origin: origin }),
    await app.request("/api/sync/v2", { headers: { Origin: origin } }),
    await get("/api/sync/v2/status", { Origin: origin }),
  ];
  assertEquals(answers.map(({ status }) => status), [200, 401, 429]);
  for (const { headers, body } of answers) {
    assertEquals(headers.get("Access-Control-Allow-Origin"), origin);
    assertEquals(
      headers.get("Access-Control-Expose-Headers"),
      "X-Request-Id, Retry-After, RateLimit, X-Idempotent-Replay",
    );
    assertEquals(headers.has("Access-Control-Allow-Credentials"), false);
    await body?.cancel();
  }
});

Deno.test("with no list no origin is allowed, null neither by name", async () => {
  const { app } = httpWorld({ config: { allowedOrigins: ["null"] } });
  assertEquals((await app.request("/api/sync/v2", preflight("null"))).status, 403);
  assertEquals((await httpWorld().app.request("/api/sync/v2", preflight(origin))).status, 403);
});

Deno.test("Vary names Origin for a request without one, so that no cache mixes answers", async () => {
  const { get } = httpWorld({ config });
  const response = await get("/api/sync/v2/status");
  assert(response.headers.get("Vary")?.split(", ").includes("Origin"));
  await response.body?.cancel();
});
