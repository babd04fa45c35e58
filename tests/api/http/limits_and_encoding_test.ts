import { assert, assertEquals } from "@std/assert";
import { takesGzip } from "../../../api/middleware/compress.ts";
import { httpWorld, problemOf, testChange, testRequest } from "./http_world.ts";

Deno.test("over the user's rate is 429, and after Retry-After it goes on", async () => {
  const { get, app, authorized, clock } = httpWorld({ config: { rateLimitPerMinute: 3 } });
  for (const left of [2, 1, 0]) {
    const response = await get("/api/sync/v2/status");
    assertEquals([response.status, response.headers.get("RateLimit")?.split(";")[1]], [200, `r=${left}`]);
    await response.body?.cancel();
  }
  const refused = await get("/api/sync/v2/status");
  assertEquals(refused.headers.get("RateLimit"), '"user";r=0;t=60');
  assertEquals(refused.headers.get("RateLimit-Policy"), '"user";q=3;w=60');
  assertEquals(refused.headers.get("Retry-After"), "20");
  assertEquals(await problemOf(refused), [429, "rate_limited"]);

  const other = await app.request("/api/sync/v2/status", { headers: await authorized({ sub: "bob" }) });
  assertEquals(other.status, 200, "another user is not held up");
  await other.body?.cancel();
  clock.advance(20_000);
  const again = await get("/api/sync/v2/status");
  assertEquals(again.status, 200);
  await again.body?.cancel();
});

Deno.test("a refused push is not looked at", async () => {
  const { sync, clock } = httpWorld({ config: { rateLimitPerMinute: 1 } });
  await (await sync(testRequest())).body?.cancel();
  assertEquals(await problemOf(await sync(testRequest({ changes: [testChange()] }))), [429, "rate_limited"]);
  clock.advance(60_000);
  assertEquals((await (await sync(testRequest())).json()).serverVersion, 0);
});

Deno.test("the address is limited before authentication, and each address by itself", async () => {
  const { app } = httpWorld({ config: { rateLimitPerAddressPerMinute: 2 } });
  const from = async (hostname: string) => {
    const info = { remoteAddr: { transport: "tcp" as const, hostname, port: 1 } };
    const response = await app.request(
      "/api/sync/v2",
      { headers: { Authorization: "Bearer nonsense" } },
      info,
    );
    return (await problemOf(response))[0];
  };
  assertEquals([await from("192.0.2.1"), await from("192.0.2.1"), await from("192.0.2.1")], [401, 401, 429]);
  assertEquals(await from("192.0.2.2"), 401);
  assertEquals([await from("2001:db8::1"), await from("2001:db8::2"), await from("2001:db8::3")], [
    401,
    401,
    429,
  ]);
});

Deno.test("X-Forwarded-For counts only behind a trusted proxy, and only what the proxy wrote itself", async () => {
  const statuses = async (trustProxy: boolean, addresses: string[]) => {
    const { app } = httpWorld({ config: { trustProxy, rateLimitPerAddressPerMinute: 1 } });
    const found: number[] = [];
    for (const address of addresses) {
      const response = await app.request("/nope", { headers: { "X-Forwarded-For": address } });
      found.push((await problemOf(response))[0]);
    }
    return found;
  };
  assertEquals(await statuses(false, ["192.0.2.1", "192.0.2.2"]), [404, 429]);
  assertEquals(await statuses(true, ["192.0.2.1", "192.0.2.2"]), [404, 404]);
  assertEquals(await statuses(true, ["1.1.1.1, 192.0.2.1", "2.2.2.2, 192.0.2.1"]), [404, 429]);
});

Deno.test("health is answered over every limit", async () => {
  const { app } = httpWorld({ config: { rateLimitPerAddressPerMinute: 1 } });
  for (let i = 0; i < 5; i += 1) assertEquals((await app.request("/healthz")).status, 200);
});

async function bigAnswer(headers: Record<string, string>) {
  const world = httpWorld();
  await world.sync(testRequest({ changes: Array.from({ length: 40 }, () => testChange()) }));
  return await world.sync(testRequest(), headers);
}

Deno.test("a big answer is gzipped for who takes it, and reads the same", async () => {
  const plain = await bigAnswer({});
  assertEquals(plain.headers.get("Content-Encoding"), null);
  const text = await plain.text();
  const packed = await bigAnswer({ "Accept-Encoding": "br, gzip" });
  assertEquals(packed.headers.get("Content-Encoding"), "gzip");
  assertEquals(packed.headers.get("Content-Length"), null);
  assertEquals(packed.headers.get("Cache-Control"), "no-store");
  const bytes = new Uint8Array(await packed.arrayBuffer());
  assert(bytes.length < text.length / 2, `${bytes.length} of ${text.length}`);
  const inflated = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")))
    .json();
  assertEquals(inflated.newChanges.length, 40);
});

Deno.test("an answer that depends on Accept-Encoding says so, also when it is too small to be packed", async () => {
  const { sync } = httpWorld();
  const small = await sync(testRequest(), { "Accept-Encoding": "gzip" });
  assertEquals(small.headers.get("Content-Encoding"), null);
  assert(small.headers.get("Vary")?.split(", ").includes("Accept-Encoding"));
  await small.body?.cancel();
});

Deno.test("Accept-Encoding is read by its grammar", () => {
  for (const yes of ["gzip", "GZIP", "br;q=1, gzip;q=0.5", "*", "x-gzip", "*;q=0, gzip", "gzip;q=0.001"]) {
    assertEquals(takesGzip(yes), true, yes);
  }
  for (
    const no of [
      undefined,
      "",
      "br",
      "gzip;q=0",
      "gzip; q=0.000",
      "*;q=0",
      "identity",
      "gzip;q=0, *",
      "notgzip",
    ]
  ) {
    assertEquals(takesGzip(no), false, no);
  }
});
