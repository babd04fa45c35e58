/** The engine in a real Firefox ESR: its IndexedDB, its locks, its channels. */
import { assertEquals } from "@std/assert";
import puppeteer, { type Browser } from "puppeteer-core";
import { databaseName } from "../../client/device_account.ts";
import { serverStatus } from "./engine_page.ts";
import { startFirefoxEngine, waitForFirefoxState } from "./firefox_engine_page.ts";
import { ensureFirefox } from "./harness/ensure_firefox.ts";
import { type ServerProcess, startServerProcess } from "./harness/server_process.ts";

/** A crashed or closed tab is to be followed within this time. */
const takeoverMsMax = 2_000;

async function withFirefox(
  test: (browser: Browser, server: ServerProcess) => Promise<void>,
  extraPrefsFirefox: Record<string, number> = {},
): Promise<void> {
  const executablePath = await ensureFirefox();
  const server = await startServerProcess();
  try {
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath,
      headless: true,
      extraPrefsFirefox,
    });
    try {
      await test(browser, server);
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}

Deno.test("Firefox: what is created offline survives a reload and reaches another device", () =>
  withFirefox(async (browser, server) => {
    const page = await browser.newPage();
    await startFirefoxEngine(page, server, "ada");
    await waitForFirefoxState(page, "synced");
    await server.kill();
    const id = await page.evaluate(() => sync.create("goal", { title: "offline" }));
    await server.start();
    await startFirefoxEngine(page, server, "ada");
    assertEquals(await page.evaluate((id) => sync.get("goal", id)?.title, id), "offline");
    await page.evaluate(() => sync.manualSync());
    await waitForFirefoxState(page, "synced");
    const other = await (await browser.createBrowserContext()).newPage();
    await startFirefoxEngine(other, server, "ada");
    await waitForFirefoxState(other, "synced");
    assertEquals(await other.evaluate(() => sync.list("goal").length), 1);
  }));

Deno.test("Firefox: two tabs with 100 edits each make exactly 200 changes, and each tab shows them all", () =>
  withFirefox(async (browser, server) => {
    const tabs = [await browser.newPage(), await browser.newPage()];
    for (const tab of tabs) await startFirefoxEngine(tab, server, "ada");
    await Promise.all(tabs.map((tab, t) =>
      tab.evaluate(async (t) => {
        await Promise.all(
          Array.from({ length: 100 }, (_, n) => sync.create("goal", { id: `tab${t}-${n}`, n })),
        );
        await sync.manualSync();
      }, t)
    ));
    for (const tab of tabs) {
      await waitForFirefoxState(tab, "synced");
      assertEquals(await tab.evaluate(() => sync.list("goal").length), 200);
    }
    assertEquals((await serverStatus(server, "ada")).totalChanges, 200);
  }));

Deno.test("Firefox: a thousand changes are flushed, and a new device pulls them", () =>
  withFirefox(async (browser, server) => {
    const page = await browser.newPage();
    await startFirefoxEngine(page, server, "ada");
    await page.evaluate(() =>
      Promise.all(
        Array.from({ length: 1000 }, (_, n) => sync.create("goal", { id: `g${n}`, title: `Goal ${n}` })),
      )
    );
    await page.evaluate(() => sync.manualSync());
    await page.evaluate(() => sync.manualSync());
    await waitForFirefoxState(page, "synced");
    const other = await (await browser.createBrowserContext()).newPage();
    await startFirefoxEngine(other, server, "ada");
    await waitForFirefoxState(other, "synced");
    assertEquals(await other.evaluate(() => sync.list("goal").length), 1000);
  }));

Deno.test("Firefox: when the tab that holds the lock is closed, another goes on at once", () =>
  withFirefox(async (browser, server) => {
    const [holder, other] = [await browser.newPage(), await browser.newPage()];
    for (const page of [holder, other]) await startFirefoxEngine(page, server, "ada");
    for (const page of [holder, other]) await waitForFirefoxState(page, "synced");
    const name = databaseName("tenuto", server.endpoint, "ada");
    await holder.evaluate((name) => void navigator.locks.request(name, () => new Promise(() => {})), name);
    await other.evaluate(async () => {
      await sync.create("goal", { id: "a" });
      void sync.manualSync();
    });
    assertEquals(await other.evaluate(() => sync.status.pending), 1);
    await holder.close();
    await other.waitForFunction(() => sync.status.pending === 0, { timeout: takeoverMsMax });
    assertEquals((await serverStatus(server, "ada")).totalChanges, 1);
  }));

Deno.test("Firefox: on a full disk the write is refused with words, and nothing earlier is lost", () =>
  withFirefox(async (browser, server) => {
    const page = await browser.newPage();
    await startFirefoxEngine(page, server, "ada");
    await waitForFirefoxState(page, "synced");
    await server.kill();
    const refusal = await page.evaluate(async () => {
      // Random, or the browser's own compression would make it small.
      const noise = () =>
        crypto.getRandomValues(new Uint8Array(60_000)).reduce(
          (text, n) => text + n.toString(36).padStart(2, "0"),
          "",
        );
      for (let n = 0; n < 300; n++) {
        try {
          await sync.create("goal", { id: `big${n}`, big: noise() });
        } catch (error) {
          return { code: (error as { code?: string }).code, kept: n };
        }
      }
      return null;
    });
    assertEquals(refusal?.code, "quota");
    assertEquals(
      await page.evaluate(() => [sync.status.state, sync.list("goal").length, sync.status.pending]),
      ["storage", refusal!.kept, refusal!.kept],
    );
    await server.start();
    await startFirefoxEngine(page, server, "ada");
    assertEquals(await page.evaluate(() => sync.list("goal").length), refusal!.kept, "also after a reload");
  }, { "dom.quotaManager.temporaryStorage.fixedLimit": 10_240 }));
