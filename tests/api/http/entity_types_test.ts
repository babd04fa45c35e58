/** A site's own schemas over HTTP: they say yes or no, and never touch the data. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { createApp, memoryLedger, openServer, plainAuthenticator, readConfig } from "../../../api/mod.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { type EntitySchema, type EntityTypes, entityTypeValidator } from "../../../api/entity_types.ts";
import { entryRow, legacyRow, putRows } from "../legacy/legacy_rows.ts";
import { ledgerWorld } from "../ledger/ledger_world.ts";
import { signToken, testSecret } from "./test_tokens.ts";
import { httpWorld, problemOf, testChange, testRequest } from "./http_world.ts";

/** Strips what it does not know, fills in what is missing, and asks for two things. */
const goal = z.object({
  title: z.string().min(1).trim(),
  tempo: z.number().max(300).default(60),
  pieces: z.array(z.object({ minutes: z.int() })).optional(),
});

async function verdictOf({ sync }: ReturnType<typeof httpWorld>, over: Record<string, unknown>) {
  const answer = await (await sync(testRequest({ changes: [testChange(over)] }))).json();
  return answer.results[0];
}

Deno.test("createApp({ entityTypes }) refuses a CREATED with invalid_data and names the fields", async () => {
  const world = httpWorld({ entityTypes: { goal } });
  const data = { title: "", tempo: 900, pieces: [{ minutes: 5 }, { minutes: "CANARY" }] };
  const { status, code, reason } = await verdictOf(world, { data });
  assertEquals([status, code], ["rejected", "invalid_data"]);
  for (const place of ["title: ", "tempo: ", "pieces[1].minutes: "]) assert(reason.includes(place), reason);
  assert(!reason.includes("CANARY"), reason);
  assertEquals((await (await world.get("/api/sync/v2/status")).json()).latestServerVersion, 0);
});

Deno.test("a schema that strips, trims and fills in changes nothing in what is stored", async () => {
  const world = httpWorld({ entityTypes: { goal } });
  const data = { title: " Scales ", colour: "green", pieces: [{ minutes: 5, key: "C" }] };
  const created = testChange({ data });
  await (await world.sync(testRequest({ changes: [created] }))).body?.cancel();
  const updated = { ...created, changeId: crypto.randomUUID(), type: "UPDATED", data: { mood: { a: [1] } } };
  const { results } = await (await world.sync(testRequest({ changes: [updated] }))).json();
  assertEquals(results[0].status, "merged");
  const { newChanges } = await (await world.sync(testRequest())).json();
  assertEquals(newChanges[0].data, { ...data, mood: { a: [1] } });
});

Deno.test("a schema that writes into its input cannot reach what is stored", async () => {
  const vandal = z.unknown().transform((value) => {
    for (const key of Object.keys(value as object)) delete (value as Record<string, unknown>)[key];
    return value;
  });
  const world = httpWorld({ entityTypes: { goal: vandal } });
  assertEquals((await verdictOf(world, { data: { title: "Scales" } })).status, "applied");
  const { newChanges } = await (await world.sync(testRequest())).json();
  assertEquals(newChanges[0].data, { title: "Scales" });
});

Deno.test("an UPDATED is judged on the merged entity, unset fields included", async () => {
  const world = httpWorld({ entityTypes: { goal } });
  const created = testChange();
  await (await world.sync(testRequest({ changes: [created] }))).body?.cancel();
  const { entityId } = created;
  const edit = (over: Record<string, unknown>) => verdictOf(world, { type: "UPDATED", entityId, ...over });
  assertEquals((await edit({ data: { tempo: 80 } })).status, "merged", "the title is in the entity");
  assertEquals((await edit({ data: { tempo: 999 } })).code, "invalid_data");
  const unset = await edit({ data: undefined, unset: ["title"] });
  assertEquals([unset.code, unset.reason.includes("title: ")], ["invalid_data", true]);
  const { newChanges } = await (await world.sync(testRequest())).json();
  assertEquals(newChanges[0].data, { title: "Scales", tempo: 80 });
});

Deno.test("one refused change harms no neighbour, and a corrected one is judged anew", async () => {
  const { sync } = httpWorld({ entityTypes: { goal } });
  const bad = testChange({ data: {} });
  const dependent = testChange({ type: "UPDATED", entityId: bad.entityId, data: { tempo: 1 } });
  const { results } = await (await sync(testRequest({ changes: [bad, dependent, testChange()] }))).json();
  assertEquals(results.map(({ status, code }: Record<string, unknown>) => code ?? status), [
    "invalid_data",
    "dependency_rejected",
    "applied",
  ]);
  const mended = { ...bad, data: { title: "Scales" } };
  const again = await (await sync(testRequest({ changes: [mended] }))).json();
  assertEquals(again.results[0].status, "applied");
});

Deno.test("types without a schema take any data, also those called like a property of every object", async () => {
  const world = httpWorld({ entityTypes: { goal } });
  for (const entityType of ["note", "constructor", "valueof"]) {
    assertEquals((await verdictOf(world, { entityType, data: {} })).status, "applied", entityType);
  }
});

Deno.test("a reason stays short, whatever the schema and the data have to say", async () => {
  const wordy = z.record(z.string(), z.never({ error: "no ".repeat(1_000) }));
  const world = httpWorld({ entityTypes: { goal: wordy } });
  const data = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`field ${i}`, i]));
  const { reason } = await verdictOf(world, { data });
  assert(reason.length < 2_000 && reason.endsWith("(and 895 more)"), reason);
});

const throwing: EntityTypes = {
  goal: z.looseObject({}).refine(({ title }) => (title as string).trim() !== ""),
  note: {
    "~standard": {
      validate: ({ text }: { text: string }) =>
        text.length > 0 ? {} : { issues: [{ message: "A text is needed" }] },
    },
  } as EntitySchema,
  tag: { "~standard": { validate: () => ({ issues: [{}] }) } } as unknown as EntitySchema,
};

Deno.test("data on which a schema throws is invalid_data, its neighbours apply, and the log says where", async () => {
  const { sync, log } = httpWorld({ entityTypes: throwing });
  const changes = [
    testChange(),
    testChange({ data: { title: 5, about: "CANARY" } }),
    testChange({ entityType: "note", data: { about: "CANARY" } }),
    testChange({ entityType: "note", data: { text: "CANARY" } }),
    testChange({ entityType: "tag", data: { text: "CANARY" } }),
  ];
  const { results } = await (await sync(testRequest({ changes }))).json();
  assertEquals(results.map(({ status, code }: Record<string, unknown>) => code ?? status), [
    "applied",
    "invalid_data",
    "invalid_data",
    "applied",
    "invalid_data",
  ]);
  assert(results[1].reason.includes("'goal'"), results[1].reason);
  const failures = log.filter(({ event }) => event === "schema_failed");
  assertEquals(failures.map(({ level, entityType, error }) => [level, entityType, error]), [
    ["error", "goal", "TypeError"],
    ["error", "note", "TypeError"],
    ["error", "tag", "TypeError"],
  ]);
  assert((failures[1]!.stack as string[])[0]!.includes("entity_types_test.ts"), JSON.stringify(failures));
  for (const text of [JSON.stringify(log), JSON.stringify(results)]) assert(!text.includes("CANARY"), text);
});

Deno.test("a schema that throws on an UPDATED judges what the entity would be, and leaves it as it was", async () => {
  const world = httpWorld({ entityTypes: throwing });
  const goal = testChange();
  await (await world.sync(testRequest({ changes: [goal] }))).body?.cancel();
  const edit = { type: "UPDATED", entityId: goal.entityId, data: { title: null } };
  assertEquals((await verdictOf(world, edit)).code, "invalid_data");
  const { newChanges } = await (await world.sync(testRequest())).json();
  assertEquals(newChanges[0].data, { title: "Scales" });
});

Deno.test("a schema that throws on everything fills no log", async () => {
  const { sync, log } = httpWorld({ entityTypes: throwing });
  const changes = Array.from({ length: 200 }, () => testChange({ data: { title: 5 } }));
  await (await sync(testRequest({ changes }))).body?.cancel();
  const failures = log.filter(({ event }) => event === "schema_failed");
  assert(failures.length > 0 && failures.length < 20, String(failures.length));
});

Deno.test("a row of the older system on which a schema throws is skipped, and shuts no door", async () => {
  const store = memoryLedgerStore();
  const world = httpWorld({ ledger: ledgerWorld(store).ledger, entityTypes: throwing });
  await putRows(store, "ada", [entryRow(1), legacyRow("goal", "bad", { title: null })]);
  const migrated = await world.app.request("/api/sync/v2/migrate", {
    method: "POST",
    headers: await world.authorized({ sub: "ada" }),
  });
  const { entriesConverted, remaining, skipped } = await migrated.json();
  assertEquals([migrated.status, entriesConverted, remaining], [200, 1, 0]);
  assertEquals(skipped.map(({ entityId }: Record<string, unknown>) => entityId), ["bad"]);
  const { newChanges } = await (await world.sync(testRequest())).json();
  assertEquals(newChanges.map(({ entityType }: Record<string, unknown>) => entityType), ["logbook_entry"]);
});

Deno.test("a schema that is asynchronous is a bug of the site: 500, and nothing is stored", async () => {
  const slow = z.object({ title: z.string().refine(() => Promise.resolve(true)) });
  const world = httpWorld({ entityTypes: { goal: slow } });
  const answer = await world.sync(testRequest({ changes: [testChange()] }));
  assertEquals(await problemOf(answer), [500, "internal"]);
  assertEquals((await (await world.get("/api/sync/v2/status")).json()).latestServerVersion, 0);
});

Deno.test("a name that no entity type can have ends the start", () => {
  assertThrows(() => entityTypeValidator({ "Goal": goal }), RangeError, '"Goal"');
});

Deno.test("one option is all that a site writes", async () => {
  const app = createApp({
    ledger: memoryLedger(),
    authenticator: plainAuthenticator(),
    entityTypes: { goal: z.object({ title: z.string() }) },
  });
  const answer = await app.request("/api/sync/v2", {
    method: "POST",
    headers: { "Authorization": "Bearer ada", "Content-Type": "application/json" },
    body: JSON.stringify(testRequest({ changes: [testChange({ data: { title: 7 } })] })),
  });
  assertEquals((await answer.json()).results[0].code, "invalid_data");
});

Deno.test("a server of one's own takes its settings from the environment and its schemas from the site", async () => {
  const config = readConfig({ KV_PATH: ":memory:", JWT_SECRET: testSecret });
  const server = await openServer(config, "dist", { entityTypes: { goal } });
  try {
    const answer = await server.fetch(
      new Request("http://127.0.0.1/api/sync/v2", {
        method: "POST",
        headers: {
          "Authorization": `Bearer ${await signToken(Date.now(), {})}`,
          "Content-Type": "application/json",
        },
        body: JSON.stringify(testRequest({ changes: [testChange({ data: {} }), testChange()] })),
      }),
    );
    const { results } = await answer.json();
    assertEquals(results.map(({ status, code }: Record<string, unknown>) => code ?? status), [
      "invalid_data",
      "applied",
    ]);
  } finally {
    server.close();
  }
});
