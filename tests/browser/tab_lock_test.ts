/** Real Web Locks: a tab that holds the lock and does nothing must not stop the others. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import { databaseName } from "../../client/device_account.ts";
import { serverStatus, waitForState } from "./engine_page.ts";
import type { ServerProcess } from "./harness/server_process.ts";
import { withWorld } from "./harness/world.ts";

/** A client whose requests, and with them the lock, are given up after `requestTimeoutMs`. */
async function startPatient(page: Page, server: ServerProcess, requestTimeoutMs: number): Promise<void> {
  await page.evaluate(async ({ endpoint, token, requestTimeoutMs }) => {
    const bundle = "/sync-engine.js";
    const { createSyncClient } = await import(bundle);
    globalThis.sync = createSyncClient({ endpoint, getToken: () => token, timing: { requestTimeoutMs } });
    await globalThis.sync.ready;
  }, { endpoint: server.endpoint, token: await server.token("ada"), requestTimeoutMs });
}

Deno.test("a lock that a stuck tab never gives back is taken from it, and the sync goes through", () =>
  withWorld(async ({ device, server }) => {
    const one = await device();
    const [stuck, page] = [await one.openBlankTab(), await one.openBlankTab()];
    await startPatient(page, server, 500);
    await waitForState(page, "synced");
    const name = databaseName("tenuto", server.endpoint, "ada");
    const lost = stuck.evaluate((name) =>
      new Promise<string>((resolve) => {
        navigator.locks.request(name, () => new Promise(() => {})).catch((error) => resolve(error.name));
      }), name);
    await stuck.waitForFunction(
      async (name) => (await navigator.locks.query()).held!.some((lock) => lock.name === name),
      name,
    );
    await page.evaluate(() => sync.create("goal", { id: "g" }));
    const result = await page.evaluate(() => sync.manualSync());
    assertEquals([result.success, await lost], [true, "AbortError"]);
    assertEquals((await serverStatus(server, "ada")).totalChanges, 1);
  }));

Deno.test("a tab that lost the lock in the middle of its exchange still takes its late answer, once", () =>
  withWorld(async ({ device, server }) => {
    const one = await device();
    const [slow, page] = [await one.openBlankTab(), await one.openBlankTab()];
    await startPatient(slow, server, 60_000);
    await startPatient(page, server, 500);
    for (const tab of [slow, page]) await waitForState(tab, "synced");
    let answer = () => {};
    const answered = new Promise<void>((resolve) => answer = resolve);
    await slow.route("**/api/sync/v2", async (route) => {
      const response = await route.fetch();
      await answered;
      await route.fulfill({ response });
    });
    const arrived = slow.waitForRequest("**/api/sync/v2");
    await slow.evaluate(() => sync.create("goal", { id: "slow" }));
    const late = slow.evaluate(() => sync.manualSync());
    await arrived;
    await page.evaluate(() => sync.create("goal", { id: "quick" }));
    assertEquals((await page.evaluate(() => sync.manualSync())).success, true);
    answer();
    assertEquals((await late).success, true);
    for (const tab of [slow, page]) {
      await waitForState(tab, "synced");
      assertEquals(await tab.evaluate(() => sync.list("goal").map(({ id }) => id).sort()), ["quick", "slow"]);
      assertEquals(await tab.evaluate(() => sync.status.pending), 0);
    }
    assertEquals((await serverStatus(server, "ada")).totalChanges, 2);
  }));
