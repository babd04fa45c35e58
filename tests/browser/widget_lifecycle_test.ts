/** An element whose page moves it, changes it or leaves it without a chunk: what it has open and shows keeps up. */
// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import { addElement, label } from "./element_tab.ts";
import { openGallery, openPanel } from "./gallery_page.ts";
import { withWorld } from "./harness/world.ts";

/** Whether the panel of `id` is open, how often it is drawn in 2.5 s, and whether the next click syncs. */
function panelOf(page: Page, id: string) {
  return page.evaluate(async (id) => {
    const element = document.getElementById(id) as HTMLElementTagNameMap["sync-status"];
    const root = element.shadowRoot!;
    const isOpen = root.querySelector("#panel")?.matches(":popover-open") ?? false;
    let draws = 0;
    const { requestUpdate } = element;
    element.requestUpdate = (...args) => {
      draws++;
      requestUpdate.apply(element, args);
    };
    await new Promise((resolve) => setTimeout(resolve, 2500));
    Reflect.deleteProperty(element, "requestUpdate");
    let syncs = 0;
    element.client!.manualSync = () => {
      syncs++;
      return Promise.resolve({ success: true, changesPushed: 0, changesApplied: 0, conflicts: 0 });
    };
    root.querySelector("button")!.click();
    return { isOpen, isTicking: draws > 1, syncs };
  }, id);
}

Deno.test("an element that is taken away with its panel open comes back closed, and the first click syncs", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    await openPanel(page, "pending");
    await page.evaluate(() => {
      const element = document.getElementById("pending")!;
      const parent = element.parentElement!;
      element.remove();
      parent.append(element);
    });
    assertEquals(await panelOf(page, "pending"), { isOpen: false, isTicking: false, syncs: 1 });
    await page.locator("#pending .devices").waitFor();

    await page.evaluate(() =>
      document.querySelector<HTMLElementTagNameMap["sync-status"]>("#pending")!.close()
    );
    await openPanel(page, "pending");
    await page.evaluate(() => {
      const element = document.getElementById("pending")!;
      const parent = element.parentElement as unknown as { moveBefore(node: Node, before: null): void };
      parent.moveBefore(element, null);
    });
    const moved = await panelOf(page, "pending");
    assertEquals(moved, { isOpen: true, isTicking: true, syncs: 0 }, "moveBefore closes no popover");
  }));

Deno.test("no-panel takes an open panel away whole; open() then resolves without one, and without a page", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    await openPanel(page, "offline");
    const setPanel = (noPanel: boolean) =>
      page.evaluate(async (noPanel) => {
        const element = document.getElementById("offline") as HTMLElementTagNameMap["sync-status"];
        element.noPanel = noPanel;
        await element.updateComplete;
        if (noPanel) await element.open();
      }, noPanel);
    await setPanel(true);
    assertEquals(await panelOf(page, "offline"), { isOpen: false, isTicking: false, syncs: 1 });
    await setPanel(false);
    assertEquals(await panelOf(page, "offline"), { isOpen: false, isTicking: false, syncs: 1 });
    await page.evaluate(async () => {
      const element = document.getElementById("synced") as HTMLElementTagNameMap["sync-status"];
      element.remove();
      await element.open();
      await element.close();
    });
  }));

Deno.test("the review is fetched as soon as something may need it, before the panel is opened", () =>
  withWorld(async ({ device, server }) => {
    const page = await (await device()).openBlankTab();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const reviews = () => asked.filter((url) => url.includes("/sync-review-")).length;
    await addElement(page, server);
    await page.evaluate(() =>
      document.querySelector("sync-status")!.client!.create("goal", { id: "one", title: "Arabesque" })
    );
    await label(page, "All changes saved");
    await page.waitForLoadState("networkidle");
    assertEquals(reviews(), 0);
    const fetched = page.waitForRequest("**/sync-review-*");
    // Two devices at once create the same record: a conflict.
    await page.evaluate(() => document.querySelector("sync-status")!.client!.pause());
    await page.evaluate(async ({ endpoint, token }) => {
      const { createSyncClient, memoryStore } = await import(String("/sync-engine.js"));
      const other = createSyncClient({
        endpoint,
        getToken: () => token,
        name: "other",
        ports: { store: memoryStore() },
      });
      const { client } = document.querySelector("sync-status")!;
      await other.ready;
      await other.manualSync();
      await client!.update("goal", "one", { title: "Arabesque, slowly" });
      await other.update("goal", "one", { title: "Arabesque, fast" });
      await other.manualSync();
      await other.close();
      await client!.resume();
      await client!.manualSync();
    }, { endpoint: server.endpoint, token: await server.token("clara") });
    await label(page, "1 needs your choice");
    await fetched;
    await page.waitForLoadState("networkidle");
    assertEquals(reviews(), 1);
  }));

Deno.test("a language that cannot be fetched takes nothing from the one that the page has gone on to", () =>
  withWorld(async ({ device }) => {
    const mine = await device();
    const page = await openGallery(mine);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(...request.url().match(/language-\w+/) ?? []));
    let fail = () => {};
    const failed = new Promise<void>((resolve) => fail = resolve);
    await page.route("**/sync-language-fr-*", (route) => failed.then(() => route.abort()));
    const synced = page.locator("#synced .label");
    const speak = (lang: string) => page.evaluate((lang) => document.documentElement.lang = lang, lang);
    await speak("fr");
    while (!asked.includes("language-fr")) await page.waitForTimeout(20);
    await speak("de");
    await synced.filter({ hasText: "Alle Änderungen gespeichert" }).waitFor();
    const before = asked.length;
    const gone = page.waitForEvent("requestfailed");
    fail();
    await gone;
    await page.evaluate(async () => {
      const element = document.getElementById("synced") as HTMLElementTagNameMap["sync-status"];
      element.requestUpdate();
      await element.updateComplete;
    });
    assertEquals(await synced.textContent(), "Alle Änderungen gespeichert");
    assertEquals(asked.length, before, "German is not asked for again");
  }));
