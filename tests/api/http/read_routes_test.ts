import { assert, assertEquals } from "@std/assert";
import type { ExportLine } from "../../../api/ports.ts";
import { httpWorld, problemOf, testChange, testRequest } from "./http_world.ts";

/** A user with one goal of three versions and one other goal. */
async function worldWithHistory() {
  const world = httpWorld();
  const goal = testChange();
  const { changeId: _, ...same } = goal;
  const changes = [
    goal,
    { ...same, changeId: crypto.randomUUID(), type: "UPDATED", data: { title: "Arpeggios" } },
    { ...same, changeId: crypto.randomUUID(), type: "UPDATED", data: { tempo: 80 } },
    testChange(),
  ];
  await (await world.sync(testRequest({ changes, deviceId: crypto.randomUUID() }))).body?.cancel();
  return { ...world, goal };
}

Deno.test("status tells where the log stands and which devices were seen", async () => {
  const { get } = await worldWithHistory();
  const status = await (await get("/api/sync/v2/status")).json();
  assertEquals(
    [status.latestServerVersion, status.totalChanges, status.entityCount, status.deviceCount],
    [4, 4, 2, 1],
  );
  assertEquals(status.devices.length, 1);
  assertEquals(status.lastSync, status.devices[0].lastSeenAt);
});

Deno.test("history is newest first, page by page, to a null at the end", async () => {
  const { get } = await worldWithHistory();
  const versions: number[] = [];
  let before: number | null = null;
  for (let page = 0; page < 10; page += 1) {
    const answer: { changes: { version: number }[]; nextBefore: number | null } = await (await get(
      `/api/sync/v2/history?limit=3${before === null ? "" : `&before=${before}`}`,
    )).json();
    versions.push(...answer.changes.map(({ version }) => version));
    before = answer.nextBefore;
    if (before === null) break;
  }
  assertEquals(versions, [4, 3, 2, 1]);
});

Deno.test("history of one entity has its rows only, with what they did", async () => {
  const { get, goal } = await worldWithHistory();
  const { changes } = await (await get(`/api/sync/v2/history?entityType=goal&entityId=${goal.entityId}`))
    .json();
  assertEquals(changes.map(({ version, effect }: Record<string, unknown>) => [version, effect]), [
    [3, "updated"],
    [2, "updated"],
    [1, "created"],
  ]);
});

Deno.test("a history query that is not valid names its parameter and repeats no value", async () => {
  const { get } = httpWorld();
  const queries: [string, string][] = [
    ["before", "before=0"],
    ["before", "before=CANARY"],
    ["before", "before=1.5"],
    ["before", "before="],
    ["before", "before=99999999999999999"],
    ["limit", "limit=0"],
    ["limit", "limit=1001"],
    ["limit", "limit=-1"],
    ["entityId", "entityType=goal"],
    ["entityType", "entityId=CANARY"],
    ["entityType", "entityType=CANARY&entityId=x"],
    ["entityId", "entityType=goal&entityId="],
    ["entityId", `entityType=goal&entityId=${"x".repeat(129)}`],
    ["entityId", "entityType=goal&entityId=a%00b"],
  ];
  for (const [name, query] of queries) {
    const response = await get(`/api/sync/v2/history?${query}`);
    const text = await response.clone().text();
    assertEquals(await problemOf(response), [400, "invalid_request"], query);
    assert(JSON.parse(text).detail.includes(`'${name}'`) && !text.includes("CANARY"), text);
  }
});

Deno.test("conflicts are listed, newest first", async () => {
  const { get, sync } = httpWorld();
  const goal = testChange();
  await (await sync(testRequest({ changes: [goal], deviceId: crypto.randomUUID() }))).body?.cancel();
  const rival = {
    ...goal,
    changeId: crypto.randomUUID(),
    type: "UPDATED",
    data: { title: "Etudes" },
    baseVersion: 0,
  };
  await (await sync(testRequest({ changes: [rival], deviceId: crypto.randomUUID() }))).body?.cancel();
  const { conflicts, nextBefore } = await (await get("/api/sync/v2/conflicts")).json();
  assertEquals([conflicts.length, conflicts[0].version, nextBefore], [1, 2, null]);
  assertEquals(await problemOf(await get("/api/sync/v2/conflicts?limit=x")), [400, "invalid_request"]);
});

Deno.test("the export has head, entities and changes, one JSON text a line", async () => {
  const { get } = await worldWithHistory();
  const response = await get("/api/sync/v2/export");
  assertEquals(response.headers.get("Content-Type"), "application/x-ndjson");
  const text = await response.text();
  assert(text.endsWith("\n"));
  const kinds = text.trimEnd().split("\n").map((line) => JSON.parse(line).kind);
  assertEquals(kinds, ["head", "entity", "entity", "change", "change", "change", "change"]);
});

async function* manyLines(
  seen: { made: number; ended: boolean },
  failAt = Infinity,
): AsyncGenerator<ExportLine> {
  try {
    yield { kind: "head", latestServerVersion: 1, epoch: "e" };
    for (let version = 1;; version += 1) {
      if (version === failAt) throw new Error("CANARY");
      await Promise.resolve();
      seen.made += 1;
      yield { kind: "entity", entityType: "goal", entityId: "x", version, data: { text: "y".repeat(1000) } };
    }
  } finally {
    seen.ended = true;
  }
}

Deno.test("the export reads on only as fast as its reader, and stops when the reader goes", async () => {
  const seen = { made: 0, ended: false };
  const { get } = httpWorld({ ledger: { export: () => manyLines(seen) } });
  const reader = (await get("/api/sync/v2/export")).body?.getReader();
  for (let bytes = 0; bytes < 150 * 1024;) bytes += (await reader?.read())?.value?.byteLength ?? Infinity;
  assert(seen.made > 100 && seen.made < 400, `made ${seen.made} lines of 1 KB`);
  await reader?.cancel();
  assertEquals(seen.ended, true);
});

Deno.test("an export that fails half-way breaks off instead of looking whole; one that fails at once is 500", async () => {
  const halfway = httpWorld({ ledger: { export: () => manyLines({ made: 0, ended: false }, 200) } });
  const outcome = await (await halfway.get("/api/sync/v2/export")).text().then(
    () => "whole",
    () => "broken off",
  );
  assertEquals(outcome, "broken off");
  const broken = halfway.log.filter(({ event }) => event === "export_broke_off");
  assertEquals(broken.map(({ level, error }) => [level, error]), [["error", "Error"]]);
  assert(!JSON.stringify(halfway.log).includes("CANARY"));

  const atOnce = httpWorld({
    ledger: {
      // deno-lint-ignore require-yield
      export: async function* () {
        await Promise.reject(new Error("CANARY"));
      },
    },
  });
  assertEquals(await problemOf(await atOnce.get("/api/sync/v2/export")), [500, "internal"]);
});

Deno.test("erase is 204, and nothing of the user is left; another user keeps everything", async () => {
  const { app, sync, get, authorized } = httpWorld();
  const bob = { ...await authorized({ sub: "bob" }), "Content-Type": "application/json" };
  await (await sync(testRequest({ changes: [testChange()] }))).body?.cancel();
  const pushed = await app.request("/api/sync/v2", {
    method: "POST",
    headers: bob,
    body: JSON.stringify(testRequest({ changes: [testChange()] })),
  });
  await pushed.body?.cancel();
  const erased = await app.request("/api/sync/v2/data", { method: "DELETE", headers: await authorized() });
  assertEquals([erased.status, erased.body], [204, null]);
  assertEquals((await (await get("/api/sync/v2/status")).json()).entityCount, 0);
  const kept = await app.request("/api/sync/v2/status", { headers: bob });
  assertEquals((await kept.json()).entityCount, 1);
});

Deno.test("liveness needs nothing; readiness needs the store; neither needs a token", async () => {
  const up = httpWorld().app;
  assertEquals(await (await up.request("/healthz")).json(), { status: "ok" });
  assertEquals(await (await up.request("/readyz")).json(), { status: "ready" });
  const down = httpWorld({ ledger: { ready: () => Promise.reject(new Error("CANARY")) } }).app;
  assertEquals((await down.request("/healthz")).status, 200);
  const refused = await down.request("/readyz");
  assert(refused.headers.has("Retry-After"));
  assertEquals(await problemOf(refused), [503, "busy"]);
});

Deno.test("HEAD answers what GET does, without the body", async () => {
  const { app, authorized } = await worldWithHistory();
  const response = await app.request("/api/sync/v2/status", {
    method: "HEAD",
    headers: { ...await authorized(), "Accept-Encoding": "gzip" },
  });
  assertEquals([response.status, response.body], [200, null]);
  assert(Number(response.headers.get("Content-Length")) > 0);
});
