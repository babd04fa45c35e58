/** What an older version of the site left in a real browser's localStorage, taken over by call and by itself. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright";
import type { LocalMigration } from "../../client/mod.ts";
import { serverStatus, startEngine } from "./engine_page.ts";
import type { ServerProcess } from "./harness/server_process.ts";
import { withWorld } from "./harness/world.ts";

declare global {
  /** What the page's client says that it took over. */
  var migrations: LocalMigration[];
}

const entries = [
  {
    id: "e1",
    timestamp: 1750717972797,
    duration: 30,
    type: "PRACTICE",
    goals: ["g1"],
    notes: "日本 \u2028 'x'",
  },
  { id: "e2", timestamp: "2025-07-30T22:15:00.000Z", duration: 12.5, type: "lesson", pieces: "[]" },
  { timestamp: "2025-07-30T22:15:00.000Z", duration: 1, type: "lesson" },
  { id: "e3", timestamp: "2025-07-30T22:15:00.000Z", duration: 5, type: "practice" },
];
/** Text of each key, the goals malformed. */
const left = {
  "mirubato:logbook:entries": JSON.stringify(entries),
  "mirubato:logbook:goals": '[{"id":"g1","title":"cut sh',
  "mirubato:logbook:deletedEntries": '["e3"]',
  "mirubato:device-id": "dev_0123456789abcdef",
};

async function leave(page: Page, keys: Record<string, string> = left): Promise<void> {
  await page.evaluate((keys) => Object.assign(localStorage, keys), keys);
}

/** Everything of V1 in the page's localStorage. */
function kept(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() =>
    Object.fromEntries(Object.entries({ ...localStorage }).filter(([key]) => key.startsWith("mirubato:")))
  );
}

/** A client that looks for such data by itself. */
async function startDetecting(page: Page, server: ServerProcess, user: string): Promise<void> {
  const token = await server.token(user);
  await page.evaluate(async ({ token, endpoint }) => {
    const bundle = "/sync-engine.js";
    const { createSyncClient } = await import(bundle);
    globalThis.migrations = [];
    globalThis.sync = createSyncClient({ endpoint, getToken: () => token, migrateLocalStorage: true });
    globalThis.sync.addEventListener("migrated", ({ detail }) => void globalThis.migrations.push(detail));
    await globalThis.sync.ready;
    await globalThis.sync.manualSync();
  }, { token, endpoint: server.endpoint });
}

/** changeIds of all changes that wait on the page. */
function queuedIds(page: Page): Promise<string[]> {
  return page.evaluate(async () =>
    (await sync.changeQueue.getAllPendingChanges()).map(({ changeId }) => changeId)
  );
}

Deno.test("both keys are taken over once a user, a malformed one stops nothing, and the sources stay", () =>
  withWorld(async ({ device, server }) => {
    const one = await device();
    const page = await one.openBlankTab();
    await leave(page);
    await one.loseService();
    const ids: string[][] = [];
    for (const user of ["ada", "bob"]) {
      await startEngine(page, server, user);
      const first = await page.evaluate(() => sync.migrateFromLocalStorage());
      assertEquals([first.entriesMigrated, first.goalsMigrated], [2, 0]);
      assertEquals(first.skipped.map(({ entityType, entityId }) => [entityType, entityId]), [
        ["logbook_entry", ""],
        ["goal", ""],
      ]);
      ids.push(await queuedIds(page));
      const again = await page.evaluate(() => sync.migrateFromLocalStorage());
      assertEquals(again, { entriesMigrated: 0, goalsMigrated: 0, skipped: [] });
      assertEquals(await queuedIds(page), ids.at(-1));
      assertEquals(
        await page.evaluate(() => [sync.get("logbook_entry", "e1"), sync.get("logbook_entry", "e3")]),
        [
          {
            id: "e1",
            timestamp: "2025-06-23T22:32:52.797Z",
            duration: 30,
            type: "practice",
            goalIds: ["g1"],
            notes: "日本 \u2028 'x'",
            createdAt: "2025-06-23T22:32:52.797Z",
            updatedAt: "2025-06-23T22:32:52.797Z",
          },
          // Undefined comes out of the page as undefined: V1 had deleted it.
          undefined,
        ],
      );
      await page.evaluate(() => sync.close());
    }
    assertEquals([ids[0]!.length, ids[1]!.length, new Set(ids.flat()).size], [2, 2, 4]);
    await one.findService();
    await startEngine(page, server, "ada");
    await page.evaluate(() => sync.manualSync());
    assertEquals((await serverStatus(server, "ada")).totalChanges, 2);
    assertEquals(await kept(page), left);
  }));

Deno.test("data of V1 is found at the first start, for its first user only, and once", () =>
  withWorld(async ({ device, server }) => {
    const one = await device();
    const chunks: string[] = [];
    one.context.on("request", (request) => void chunks.push(new URL(request.url()).pathname));
    const fetched = () => chunks.filter((path) => path.includes("sync-migration")).length;
    let page = await one.openBlankTab();
    await startDetecting(page, server, "ada");
    assertEquals(await page.evaluate(() => migrations), []);
    assertEquals(fetched(), 0, "where V1 never was, nothing more is loaded");
    await leave(page);
    page = await one.openBlankTab();
    await startDetecting(page, server, "ada");
    await page.waitForFunction(() => migrations.length > 0);
    assertEquals(await page.evaluate(() => migrations[0]?.entriesMigrated), 2);
    await page.evaluate(() => sync.manualSync());
    assertEquals((await serverStatus(server, "ada")).totalChanges, 2);
    for (const user of ["ada", "bob"]) {
      await page.reload();
      await startDetecting(page, server, user);
      await page.evaluate(() => sync.manualSync());
      assertEquals(await page.evaluate(() => migrations), []);
    }
    assertEquals((await serverStatus(server, "ada")).totalChanges, 2);
    assertEquals((await serverStatus(server, "bob")).totalChanges, 0);
    assertEquals(await kept(page), left);
    assert(fetched() > 0);
  }));

Deno.test("two devices with copies of the same data make one record of each", () =>
  withWorld(async ({ device, server }) => {
    const pages = [await (await device()).openBlankTab(), await (await device()).openBlankTab()];
    await leave(pages[0]!);
    // The other device's copy is older: one entry differs, the deletion is not known there.
    const [first, ...others] = entries;
    const older = [{ ...first, notes: "before the edit", mood: "EXCITED" }, ...others];
    await leave(pages[1]!, { "mirubato:logbook:entries": JSON.stringify(older) });
    for (const page of pages) {
      await startDetecting(page, server, "ada");
      await page.waitForFunction(() => migrations.length > 0);
      await page.evaluate(() => sync.manualSync());
    }
    await pages[0]!.evaluate(() => sync.manualSync());
    for (const page of pages) {
      const seen = await page.evaluate(() =>
        sync.list("logbook_entry").map(({ id, notes, mood }) => ({ id, notes, mood }))
          .sort((a, b) => String(a.id) < String(b.id) ? -1 : 1)
      );
      assertEquals(seen, [
        { id: "e1", notes: "日本 \u2028 'x'", mood: "excited" },
        { id: "e2", notes: undefined, mood: undefined },
        { id: "e3", notes: undefined, mood: undefined },
      ]);
    }
    const told = await pages[1]!.evaluate(() =>
      sync.conflicts.list().map(({ reason, fields }) => [reason, fields.map(({ name }) => name)])
    );
    assertEquals(told, [["already_exists", ["notes"]]]);
  }));
