/** The four routes as V1 clients meet them: shapes, errors, limits, both views of one history. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import type { LogLine } from "../../../api/http_ports.ts";
import { entry, laptop, onEveryStore, phone, phoneId, v1World } from "./v1_world.ts";

async function withKv(test: (world: ReturnType<typeof v1World>) => Promise<void>): Promise<void> {
  const kv = await Deno.openKv(":memory:");
  try {
    await test(v1World(kvLedgerStore(kv)));
  } finally {
    kv.close();
  }
}

onEveryStore(
  "a pull has the live records as they are, newest updatedAt first, with an id each",
  async (world) => {
    const { pull, sync, clock } = world;
    assertEquals((await pull()).body, {
      entries: [],
      goals: [],
      syncToken: (await pull()).body.syncToken,
      timestamp: new Date(clock.nowMs()).toISOString(),
    });
    const made = (entityId: string, data: Record<string, unknown>, entityType = "logbook_entry") => ({
      entityId,
      entityType,
      type: "CREATED",
      data,
    });
    await sync([
      made("old", { id: "old", updatedAt: "2025-01-01T00:00:00.000Z" }),
      made("new", { id: "new", updatedAt: "2025-03-01T00:00:00.000Z" }),
      made("none", { id: "none", deletedNot: null }),
      made("odd", { updatedAt: { not: "a time" } }),
      made("gone", { id: "gone" }),
      made("g", { id: "other", title: "t" }, "goal"),
      made("note", { id: "note" }, "note"),
    ]);
    await sync([{ entityId: "gone", type: "DELETED" }]);
    const { body } = await pull();
    assertEquals(body.entries, [
      { id: "new", updatedAt: "2025-03-01T00:00:00.000Z" },
      { id: "old", updatedAt: "2025-01-01T00:00:00.000Z" },
      { updatedAt: { not: "a time" }, id: "odd" },
      { id: "none", deletedNot: null },
    ]);
    assertEquals(body.goals, [{ id: "g", title: "t" }]);
  },
);

onEveryStore("the body of a pull is not looked at", async ({ push, pull, call }) => {
  await push({ goals: [{ id: "g" }] });
  const { body: expected } = await pull();
  for (const body of ["{", "[7]", { syncToken: "of another server" }]) {
    const answer = await call("POST", "/api/sync/pull", body, { headers: { "Content-Type": "text/plain" } });
    assertEquals([answer.status, answer.body], [200, expected]);
  }
});

onEveryStore("tokens are opaque, and the same while nothing changes", async ({ pull, push }) => {
  const tokens = [];
  for (let n = 0; n < 2; n++) tokens.push((await pull({ device: phone })).body.syncToken);
  await push({ goals: [{ id: "g" }] });
  tokens.push((await pull({ device: laptop })).body.syncToken);
  assertEquals([tokens[0] === tokens[1], tokens[1] === tokens[2]], [true, false]);
  for (const token of tokens) assert(/^sync_[0-9a-f]{32}$/.test(token), token);
  const { body } = await push({ goals: [{ id: "g" }] }, { token: tokens[2] });
  assertEquals(body.syncToken, tokens[2]);
});

onEveryStore("another user's token names nothing", async ({ push, pull }) => {
  for (const user of ["ada", "bob"]) await push({ goals: [{ id: "g", title: user }] }, { user });
  const { syncToken: token } = (await pull({ user: "ada" })).body;
  const { body } = await push({ goals: [{ id: "g", title: "new" }] }, { user: "bob", token });
  assertEquals(body.conflicts.length, 1);
  assertEquals((await pull({ user: "bob" })).body.goals, [{ id: "g", title: "bob" }]);
});

onEveryStore("a batch pushes entities of any type, by the same rule, and counts", async (world) => {
  const { batch, pull, sync, log } = world;
  const one = (id: unknown, type: unknown, data: unknown, version = 1) => ({
    id,
    type,
    data,
    checksum: "-",
    version,
  });
  const first = await batch([
    one("e", "logbook_entry", entry("e")),
    one("r", "repertoire_item", { title: "Arabesque" }),
    one("x", "Not a type", {}),
    one("y", "goal", "text"),
    one(7, "goal", {}),
    null,
  ], { device: phone });
  assertEquals({ ...first.body, newSyncToken: "" }, {
    uploaded: 2,
    downloaded: 0,
    conflicts: [
      { entityId: "x", localVersion: 1, remoteVersion: 0 },
      { entityId: "y", localVersion: 1, remoteVersion: 0 },
      { entityId: "", localVersion: 1, remoteVersion: 0 },
      { entityId: "", localVersion: 0, remoteVersion: 0 },
    ],
    newSyncToken: "",
  });
  assertEquals((await log()).at(-1).data, { title: "Arabesque", id: "r" });
  const { syncToken: token } = (await pull({ device: phone })).body;
  await sync([
    { entityType: "repertoire_item", entityId: "r", data: { title: "by v2" } },
    { entityType: "goal", entityId: "g", type: "CREATED", data: { id: "g" } },
  ]);
  const second = await batch([
    one("r", "repertoire_item", { id: "ignored", title: "by v1", extra: 1 }, 9),
    one("e", "logbook_entry", entry("e"), 1),
  ], { device: phone, token });
  assertEquals(second.body, {
    uploaded: 1,
    downloaded: 1,
    conflicts: [{ entityId: "r", localVersion: 9, remoteVersion: 5 }],
    newSyncToken: token,
  });
  assertEquals((await log()).at(-1).data, { extra: 1 });
});

onEveryStore(
  "the status counts, and names only a pull that the device has shown to have got",
  async (world) => {
    const { status, pull, push, sync, clock } = world;
    assertEquals((await status({ device: phone })).body, {
      lastSyncTime: null,
      syncToken: null,
      pendingChanges: 0,
      deviceCount: 0,
      entityCount: 0,
    });
    await push({ goals: [{ id: "g" }, { id: "h" }] }, { device: phone });
    const pulled = (await pull({ device: phone })).body.syncToken;
    // This answer may have been lost on its way.
    assertEquals((await status({ device: phone })).body.syncToken, null);
    await sync([{ entityType: "goal", entityId: "g", type: "DELETED" }]);
    await push({ goals: [{ id: "h", title: "t" }] }, { device: phone, token: pulled });
    await pull({ device: phone });
    const { body } = await status({ device: phone });
    assertEquals(body, {
      lastSyncTime: new Date(clock.nowMs()).toISOString(),
      syncToken: pulled,
      pendingChanges: 0,
      deviceCount: 2,
      entityCount: 1,
    });
    assertEquals((await status({ device: laptop })).body.syncToken, null);
  },
);

onEveryStore(
  "v2 devices get V1's pushes as ordinary changes, and tell their own from them",
  async (world) => {
    const { push, call } = world;
    const { body: before } = await call(
      "POST",
      "/api/sync/v2",
      { lastKnownServerVersion: 0, changes: [] },
      {},
    );
    await push({ goals: [{ id: "g", title: "t" }] }, { device: phone });
    const { body } = await call("POST", "/api/sync/v2", {
      lastKnownServerVersion: 0,
      epoch: before.epoch,
      changes: [],
    }, {});
    assertEquals(
      body.newChanges.map(({ type, data, deviceId }: Record<string, unknown>) => [type, data, deviceId]),
      [["CREATED", { id: "g", title: "t" }, phoneId]],
    );
  },
);

onEveryStore(
  "after an erase a token of before brings nothing back; a client that has pulled since is taken",
  async (world) => {
    const { push, pull, ledger } = world;
    await push({ goals: [{ id: "g", title: "t" }] }, { device: phone });
    const { syncToken: token } = (await pull({ device: phone })).body;
    await ledger.erase("ada");
    const late = await push({ goals: [{ id: "g", title: "t" }, { id: "h" }] }, { device: phone, token });
    assertEquals(late.body.conflicts.map(({ reason }: { reason: string }) => reason), ["erased", "erased"]);
    assertEquals((await pull()).body.goals, []);
    const again = await push({ goals: [{ id: "h" }] }, { device: phone, token: late.body.syncToken });
    assertEquals(again.body.conflicts.length, 1, "the answer to a push is no pull");
    const fresh = (await pull({ device: phone })).body.syncToken;
    assertEquals((await push({ goals: [{ id: "i" }] }, { token: fresh })).body.conflicts, []);
  },
);

Deno.test("errors have V1's shape whatever made them, and the headers that others have", async () => {
  const { app, call, push, batch } = v1World(undefined, { config: { rateLimitPerMinute: 40 } });
  const expected: [number, Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>][] = [
    [400, call("POST", "/api/sync/push", "{", {})],
    [400, call("POST", "/api/sync/push", new Uint8Array([0x22, 0xff, 0x22]), {})],
    [400, call("POST", "/api/sync/push", "\ufeff{}", {})],
    [400, call("POST", "/api/sync/push", "[]", {})],
    [400, push(7)],
    [400, push({ entries: {} })],
    [400, push({}, { token: 7 as unknown as string })],
    [400, push({}, { key: "k".repeat(129) })],
    [400, push({}, { device: "d".repeat(129) })],
    [400, batch({} as unknown[])],
    [400, call("POST", "/api/sync/batch", `{"entities":[${"1,".repeat(1_000_000)}1]}`, {})],
    [405, call("GET", "/api/sync/push", undefined, {})],
    [415, call("POST", "/api/sync/push", "{}", { headers: { "Content-Type": "text/plain" } })],
    [415, call("POST", "/api/sync/push", "{}", { headers: { "Content-Encoding": "br" } })],
  ];
  for (const [status, answer] of expected) {
    const { body, headers, status: given } = await answer;
    assertEquals([given, body.success, body.code, typeof body.error], [status, false, status, "string"]);
    assertEquals(Object.keys(body).sort(), ["code", "error", "success"]);
    assertEquals(headers.get("Content-Type"), "application/json");
    assert(headers.has("X-Request-Id"));
  }
  const unsigned = await app.request("/api/sync/pull", { method: "POST" });
  assertEquals([unsigned.status, unsigned.headers.get("WWW-Authenticate")], [401, "Bearer"]);
  assertEquals((await unsigned.json()).code, 401);
  let limited = await push({});
  for (let n = 0; n < 50 && limited.status === 200; n++) limited = await push({});
  assertEquals([limited.status, limited.body.code], [429, 429]);
  assert(Number(limited.headers.get("Retry-After")) > 0);
  // Not V1's path, not V1's shape.
  const nowhere = await app.request("/api/sync/pusher", { method: "POST" });
  assertEquals([nowhere.status, nowhere.headers.get("Content-Type")], [401, "application/problem+json"]);
  await nowhere.body?.cancel();
});

Deno.test("neither an error nor the log repeats what was sent", async () => {
  const lines: LogLine[] = [];
  const canary = "c4n4ry";
  const world = v1World(undefined, { logger: { log: (line) => void lines.push(line) } });
  const broken = v1World({ ...world.store, readState: () => Promise.reject(new Error(canary)) }, {
    logger: { log: (line) => void lines.push(line) },
  });
  const answers = [
    await world.call("POST", "/api/sync/push", `{"${canary}"`, { key: canary }),
    await world.push(canary, { key: canary, device: canary }),
    await world.push({ entries: canary }),
    await world.push({}, { token: canary.repeat(100) }),
    await broken.push({ goals: [{ id: canary }] }),
  ];
  assertEquals(answers.map(({ status }) => status), [400, 400, 400, 400, 500]);
  for (const { body } of answers) assert(!JSON.stringify(body).includes(canary), JSON.stringify(body));
  await world.push({ goals: [{ id: canary, title: canary }] }, {
    key: canary,
    device: canary,
    token: canary,
  });
  assert(lines.length > 0 && !JSON.stringify(lines).includes(canary));
});

Deno.test("a body of 8 MiB is taken, plain and gzip; a byte more is 413, and is not looked at", () =>
  withKv(async ({ call, log, ledger }) => {
    const max = 8 * 1024 * 1024;
    const bodyOf = (length: number) => {
      const head = '{"changes":{"goals":[{"id":"g"}]},"filler":"';
      return `${head}${"x".repeat(length - head.length - 2)}"}`;
    };
    const gzip = async (text: string) => {
      const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    };
    const packed = { headers: { "Content-Encoding": "gzip" } };
    for (const [body, options] of [[bodyOf(max + 1), {}], [await gzip(bodyOf(max + 1)), packed]] as const) {
      const { status, body: answer } = await call("POST", "/api/sync/push", body, options);
      assertEquals([status, answer.code], [413, 413]);
    }
    assertEquals((await ledger.status("ada")).totalChanges, 0);
    for (const [body, options] of [[bodyOf(max), {}], [await gzip(bodyOf(max)), packed]] as const) {
      assertEquals((await call("POST", "/api/sync/push", body, options)).status, 200);
    }
    assertEquals((await log()).length, 1);
  }));

Deno.test("5,000 records come through whole in one request, and once", () =>
  withKv(async ({ push, pull, ledger }) => {
    const entries = Array.from(
      { length: 5000 },
      (_, n) => entry(`e${n}`, { notes: `note ${n} ${"x".repeat(300)}` }),
    );
    const { status, body } = await push({ entries }, { device: phone, key: "k" });
    assertEquals([status, body.conflicts, body.stats.entriesProcessed], [200, [], 5000]);
    const state = (await pull({ device: phone })).body;
    assertEquals(state.entries.length, 5000);
    const again = await push({ entries }, { device: phone, token: state.syncToken });
    assertEquals(again.body.stats.duplicatesPrevented, 5000);
    assertEquals((await ledger.status("ada")).totalChanges, 5000);
  }));

onEveryStore("records of one entity in one request count in their order", async ({ push, pull, log }) => {
  const titles = ["a", "b", "b", "c"];
  const { body } = await push({ goals: titles.map((title) => ({ id: "g", title })) });
  assertEquals([body.conflicts, body.stats.duplicatesPrevented], [[], 1]);
  assertEquals((await pull()).body.goals, [{ id: "g", title: "c" }]);
  assertEquals((await log()).length, 3);
});

onEveryStore("V1 stays open while v2 is paused", async ({ store, push, pull, call }) => {
  const paused = v1World(store, { config: { syncV2Paused: true } });
  const exchange = await paused.call("POST", "/api/sync/v2", { lastKnownServerVersion: 0, changes: [] }, {});
  assertEquals(exchange.status, 503);
  assertEquals((await paused.push({ goals: [{ id: "g" }] })).status, 200);
  assertEquals((await paused.pull()).body.goals, [{ id: "g" }]);
  assertEquals((await paused.batch([])).status, 200);
  assertEquals((await paused.status()).status, 200);
  assertEquals([(await push({})).status, (await pull()).status], [200, 200]);
  assertEquals((await call("GET", "/healthz", undefined, {})).status, 200);
});

Deno.test("a site's own schema judges V1's records too", async () => {
  const goal = {
    "~standard": {
      validate: (value: unknown) =>
        typeof (value as { title?: unknown }).title === "string" ? {} : { issues: [{ message: "no title" }] },
    },
  };
  const { push, pull } = v1World(undefined, { entityTypes: { goal } });
  const { body } = await push({ goals: [{ id: "a", title: 5 }, { id: "b", title: "t" }] });
  assertEquals(body.conflicts, [{ entityId: "a", entityType: "goal", reason: "invalid_data" }]);
  const { syncToken: token } = (await pull()).body;
  const edit = await push({ goals: [{ id: "b", title: 6 }] }, { token });
  assertEquals(edit.body.conflicts, [{ entityId: "b", entityType: "goal", reason: "invalid_data" }]);
  assertEquals((await pull()).body.goals, [{ id: "b", title: "t" }]);
});
