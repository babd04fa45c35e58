/** The migration over HTTP: its own route, and what every other route of the user does first. */
import { assertEquals } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { plainAuthenticator } from "../../../api/adapters/plain_authenticator.ts";
import { createApp } from "../../../api/app.ts";
import type { AppConfig } from "../../../api/app_config.ts";
import type { EntityTypes } from "../../../api/entity_types.ts";
import { z } from "zod";
import { ledgerWorld } from "../ledger/ledger_world.ts";
import { problemOf } from "../http/http_world.ts";
import { entryRow, legacyRow, putRows } from "./legacy_rows.ts";

function world(options: { config?: Partial<AppConfig>; entityTypes?: EntityTypes } = {}) {
  const store = memoryLedgerStore({ stepsPerCommitMax: 25 });
  const app = createApp({
    ledger: ledgerWorld(store).ledger,
    authenticator: plainAuthenticator(),
    ...options,
  });
  const ask = (method: string, path: string, user = "ada") =>
    app.request(`/api/sync/v2${path}`, { method, headers: { Authorization: `Bearer ${user}` } });
  return { app, store, ask };
}

Deno.test("POST migrate answers counts call by call, for the token's user alone", async () => {
  const { store, ask } = world();
  await putRows(store, "ada", [
    ...Array.from({ length: 250 }, (_, i) => entryRow(i)),
    legacyRow("goal", "g"),
  ]);
  await putRows(store, "bob", [legacyRow("goal", "bobs")]);
  const answer = async (user?: string) => await (await ask("POST", "/migrate", user)).json();
  const first = await answer();
  assertEquals([first.migrated, first.alreadyMigrated, first.goalsConverted, first.remaining], [
    true,
    false,
    1,
    51,
  ]);
  const second = await answer();
  assertEquals([second.entriesConverted, second.remaining, second.skipped], [51, 0, []]);
  assertEquals(await answer(), {
    migrated: false,
    alreadyMigrated: true,
    entriesConverted: 0,
    goalsConverted: 0,
    remaining: 0,
    skipped: [],
  });
  assertEquals((await store.readHead("bob")).legacyPending, true);
  assertEquals((await answer("bob")).goalsConverted, 1);
  assertEquals((await answer("carl")).alreadyMigrated, false);
  assertEquals((await ask("GET", "/migrate")).headers.get("Allow"), "POST");
});

for (const path of ["/status", "/history", "/conflicts", "/export"]) {
  Deno.test(`GET ${path} migrates first, and is busy until all is there`, async () => {
    const { store, ask } = world();
    await putRows(store, "ada", Array.from({ length: 250 }, (_, i) => entryRow(i)));
    const early = await ask("GET", path);
    assertEquals(early.headers.get("Retry-After"), "1");
    assertEquals(await problemOf(early), [503, "busy"]);
    const answered = await ask("GET", path);
    assertEquals(answered.status, 200);
    assertEquals(
      (await answered.text()).includes(path === "/status" ? '"entityCount":250' : "entry_"),
      path !== "/conflicts",
    );
  });
}

Deno.test("while the server is paused migrate is paused, and reading migrates", async () => {
  const { store, ask } = world({ config: { syncV2Paused: true } });
  await putRows(store, "ada", [legacyRow("goal", "g")]);
  const paused = await ask("POST", "/migrate");
  assertEquals(paused.headers.get("Retry-After"), "60");
  assertEquals(await problemOf(paused), [503, "paused"]);
  assertEquals((await (await ask("GET", "/status")).json()).entityCount, 1);
});

Deno.test("V1 clients find their rows with the first request, and bring none back that was deleted", async () => {
  const { store, app } = world();
  await putRows(store, "ada", [
    legacyRow("goal", "kept", { title: "Scales" }),
    legacyRow("goal", "gone", { title: "Gone" }, { deletedAt: "2025-08-01T00:00:00.000Z" }),
  ]);
  const v1 = async (path: string, body: unknown) => {
    const headers = { Authorization: "Bearer ada", "Content-Type": "application/json" };
    const answer = await app.request(`/api/sync/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    assertEquals(answer.status, 200);
    return await answer.json();
  };
  const goals = [{ id: "kept", title: "Scales" }, { id: "gone", title: "Gone" }];
  const pushed = await v1("push", { changes: { goals } });
  assertEquals(pushed.conflicts.map(({ entityId }: { entityId: string }) => entityId), ["gone"]);
  assertEquals((await v1("pull", {})).goals, [{ id: "kept", title: "Scales" }]);
});

Deno.test("the site's schemas judge rows, whichever request comes first", async () => {
  for (const [method, path] of [["GET", "/status"], ["POST", "/migrate"]] as const) {
    const { store, ask } = world({ entityTypes: { goal: z.object({ title: z.string() }) } });
    await putRows(store, "ada", [legacyRow("goal", "bad"), legacyRow("goal", "ok", { title: "t" })]);
    assertEquals((await ask(method, path)).status, 200);
    assertEquals((await (await ask("GET", "/status")).json()).entityCount, 1);
    const { skipped } = await (await ask("POST", "/migrate")).json();
    assertEquals(skipped.map(({ entityId }: { entityId: string }) => entityId), ["bad"]);
  }
});

Deno.test("DELETE data takes rows along that were never migrated", async () => {
  const { store, ask } = world();
  await putRows(store, "ada", [legacyRow("goal", "g")]);
  assertEquals((await ask("DELETE", "/data")).status, 204);
  assertEquals((await store.readLegacyState("ada")).state, null);
  assertEquals((await (await ask("GET", "/status")).json()).entityCount, 0);
});
