import { assert, assertEquals } from "@std/assert";
import { syncResponse } from "../../../shared/schema.ts";
import { httpWorld, testChange, testRequest } from "./http_world.ts";

Deno.test("what one device pushes, another pulls", async () => {
  const { sync } = httpWorld();
  const change = testChange({ data: { title: "Scales", tempo: 96, composer: null } });
  const pushed = await (await sync(testRequest({ changes: [change], deviceId: crypto.randomUUID() }))).json();
  assertEquals(pushed.results, [{ changeId: change.changeId, status: "applied", version: 1 }]);

  const pulled = await (await sync(testRequest({ deviceId: crypto.randomUUID() }))).json();
  assert(syncResponse.safeParse(pulled).success);
  const [row] = pulled.newChanges;
  assertEquals([row.entityId, row.data, row.version], [change.entityId, change.data, 1]);
  assertEquals([pulled.latestServerVersion, pulled.hasMore], [1, false]);
});

Deno.test("the user is the token's, whatever the body says", async () => {
  const { app, sync, authorized } = httpWorld();
  await sync(testRequest({ changes: [testChange()], user: "bob", userId: "bob", sub: "bob" }));
  const status = await app.request("/api/sync/v2/status", { headers: await authorized({ sub: "bob" }) });
  assertEquals((await status.json()).totalChanges, 0);
});

Deno.test("one bad change of any kind never fails its neighbours", async () => {
  const { sync } = httpWorld();
  const bad = [null, 7, "x", [], {}, testChange({ type: "NOPE" }), testChange({ entityId: "a\u0000" })];
  const good = testChange();
  const { results } = await (await sync(testRequest({ changes: [...bad, good] }))).json();
  assertEquals(results.length, bad.length + 1);
  assert(results.slice(0, -1).every(({ status }: { status: string }) => status === "rejected"));
  assertEquals(results.at(-1).status, "applied");
});

Deno.test("5,000 levels in a change are a verdict, half a million too", async () => {
  const { sync } = httpWorld();
  for (const levels of [5_000, 400_000]) {
    const change = JSON.stringify(testChange({ data: { a: "DEEP" } }))
      .replace('"DEEP"', "[".repeat(levels) + "]".repeat(levels));
    const response = await sync(`{"lastKnownServerVersion":0,"changes":[${change}]}`);
    assertEquals(response.status, 200);
    assertEquals((await response.json()).results[0].code, "too_deep");
  }
});

Deno.test("__proto__ in the envelope pollutes nothing; in a change it is forbidden", async () => {
  const { sync } = httpWorld();
  const change = JSON.stringify(testChange({ data: { deep: { X: 1 } } })).replace('"X"', '"__proto__"');
  const body = `{"__proto__":{"limit":7},"lastKnownServerVersion":0,"changes":[${change}]}`;
  const response = await sync(body);
  assertEquals((await response.json()).results[0].code, "forbidden_key");
  assertEquals(({} as Record<string, unknown>).limit, undefined);
});

Deno.test("unknown fields of the envelope are ignored", async () => {
  const { sync } = httpWorld();
  const response = await sync(testRequest({ future: { anything: 1 }, clientVersion: "9" }));
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

Deno.test("a gzipped push is taken", async () => {
  const { sync } = httpWorld();
  const text = JSON.stringify(testRequest({ changes: [testChange()] }));
  const packed = new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")));
  const response = await sync(new Uint8Array(await packed.arrayBuffer()), { "Content-Encoding": "gzip" });
  assertEquals((await response.json()).results[0].status, "applied");
});

Deno.test("one field's update costs at most 700 bytes on the wire, both bodies", async () => {
  const { sync } = httpWorld();
  const deviceId = crypto.randomUUID();
  const created = testChange();
  const first = await (await sync(testRequest({ changes: [created], deviceId }))).json();
  const request = JSON.stringify({
    lastKnownServerVersion: first.serverVersion,
    epoch: first.epoch,
    deviceId,
    changes: [{
      changeId: crypto.randomUUID(),
      type: "UPDATED",
      entityType: "goal",
      entityId: created.entityId,
      data: { title: "Arpeggios" },
      timestamp: 1_790_000_000_000,
      baseVersion: first.serverVersion,
    }],
  });
  const answer = await (await sync(request)).text();
  assertEquals(JSON.parse(answer).results[0].status, "applied");
  assert(request.length + answer.length <= 700, `${request.length} + ${answer.length} bytes`);
});

Deno.test("a whole server runs in-process in three lines", async () => {
  const { createApp, memoryLedger, plainAuthenticator } = await import("../../../api/mod.ts");
  const app = createApp({ ledger: memoryLedger(), authenticator: plainAuthenticator() });
  const answer = await app.request("/api/sync/v2/status", { headers: { Authorization: "Bearer ada" } });
  assertEquals((await answer.json()).latestServerVersion, 0);
});
