/** The element in the browsers that are not Chromium: the same walk through Firefox and WebKitGTK. */
// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import { createSyncClient, memoryStore, type SyncClient } from "../../client/mod.ts";
import { syncStates } from "../../client/sync_client_api.ts";
import { type DrivenPage, waitOn } from "./harness/driven_page.ts";
import { openFirefoxPage } from "./harness/firefox_page.ts";
import { type ServerProcess, startServerProcess } from "./harness/server_process.ts";
import { openWebKitPage } from "./harness/webkit_page.ts";

const engines = { Firefox: openFirefoxPage, WebKitGTK: openWebKitPage };

async function withPage(
  open: () => Promise<DrivenPage>,
  test: (page: DrivenPage, server: ServerProcess) => Promise<void>,
): Promise<void> {
  const server = await startServerProcess();
  try {
    const page = await open();
    try {
      await test(page, server);
    } finally {
      await page.close();
    }
  } finally {
    await server.stop();
  }
}

/** Puts the focus on what `selector` finds inside the element `id`. */
const focus = (page: DrivenPage, id: string, selector: string) =>
  page.evaluate(
    (id, selector) => document.getElementById(id)!.shadowRoot!.querySelector<HTMLElement>(selector)!.focus(),
    id,
    selector,
  );
/** What has the focus inside the element `id`: the tag, and its part or class. */
const focused = (page: DrivenPage, id: string) =>
  page.evaluate((id) => {
    const node = document.getElementById(id)!.shadowRoot!.activeElement;
    return node ? `${node.localName} ${node.getAttribute("part") ?? ""}`.trim() : "";
  }, id);
const isOpen = (page: DrivenPage, id: string) =>
  page.evaluate(
    (id) => document.getElementById(id)!.shadowRoot!.querySelector("#panel")!.matches(":popover-open"),
    id,
  );
const waitForPart = (page: DrivenPage, id: string, selector: string) =>
  waitOn(
    page,
    `${selector} in #${id}`,
    (id, selector) => document.getElementById(id)!.shadowRoot!.querySelector(selector) !== null,
    id,
    selector,
  );
const waitForLabel = (page: DrivenPage, label: string) =>
  waitOn(
    page,
    `the label "${label}"`,
    (label) => document.querySelector("#mine")!.shadowRoot!.querySelector(".label")!.textContent === label,
    label,
  );

for (const [engine, open] of Object.entries(engines)) {
  Deno.test(`${engine}: every state has its look, the panel opens and closes by keyboard, Arabic runs from the right`, () =>
    withPage(open, async (page, server) => {
      await page.goto(`${server.origin}/gallery`);
      await waitOn(
        page,
        "all 13 states",
        (states) => states.every((state) => document.getElementById(state)?.matches(`:state(${state})`)),
        [...syncStates],
      );
      const drawn = await page.evaluate((states) =>
        states.map((state) => {
          const root = document.getElementById(state)!.shadowRoot!;
          const { width, height } = root.querySelector("button")!.getBoundingClientRect();
          const { color, backgroundColor } = getComputedStyle(root.querySelector("button")!);
          const label = root.querySelector(".label")!.textContent;
          return label && width > 60 && height >= 24 && color !== backgroundColor ? "" : state;
        }), [...syncStates]);
      assertEquals(drawn.filter(Boolean), []);

      await focus(page, "failed", "button");
      await page.press("Enter");
      await waitForPart(page, "failed", ".notSaved li");
      assertEquals(await isOpen(page, "failed"), true);
      const box = await page.evaluate(() => {
        const root = document.getElementById("failed")!.shadowRoot!;
        const [panel, button] = ["#panel", "button"].map((one) =>
          root.querySelector(one)!.getBoundingClientRect()
        );
        return {
          inside: panel!.left >= 0 && panel!.right <= innerWidth && panel!.bottom <= innerHeight,
          free: panel!.top >= button!.bottom || panel!.bottom <= button!.top,
        };
      });
      assertEquals(box, { inside: true, free: true });
      await page.press("Tab");
      assertEquals(await focused(page, "failed"), "button action");
      await page.press("Escape");
      assertEquals(await isOpen(page, "failed"), false);
      await waitOn(
        page,
        "the focus back on the button",
        () => document.getElementById("failed")!.shadowRoot!.activeElement?.part.contains("button") === true,
      );

      // Inside a modal dialog of the page one key closes the panel alone.
      await page.evaluate(() => {
        const dialog = document.createElement("dialog");
        dialog.append(document.getElementById("pending")!);
        document.body.append(dialog);
        dialog.showModal();
      });
      await focus(page, "pending", "button");
      await page.press(" ");
      await waitForPart(page, "pending", "#panel footer");
      const open = () =>
        page.evaluate(() => document.querySelector<HTMLDialogElement>("body > dialog")!.open);
      await page.press("Escape");
      assertEquals([await open(), await isOpen(page, "pending")], [true, false]);
      await page.press("Escape");
      assertEquals(await open(), false);

      await page.goto(`${server.origin}/gallery?lang=ar`);
      await waitOn(
        page,
        "the Arabic label",
        () =>
          /حُفظت/.test(
            document.getElementById("synced")?.shadowRoot?.querySelector(".label")?.textContent ?? "",
          ),
      );
      const iconIsRight = await page.evaluate(() => {
        const root = document.getElementById("synced")!.shadowRoot!;
        const [icon, label] = ["svg", ".label"].map((one) =>
          root.querySelector(one)!.getBoundingClientRect()
        );
        return icon!.left > label!.right;
      });
      assertEquals(iconIsRight, true);
    }));

  Deno.test(`${engine}: an edit syncs, waits through an outage, and a conflict is settled in the review by keyboard`, () =>
    withPage(open, async (page, server) => {
      const token = await server.token("clara");
      const other = createSyncClient({
        endpoint: server.endpoint,
        getToken: () => token,
        autoSync: false,
        ports: { store: memoryStore() },
      });
      try {
        await page.goto(`${server.origin}/gallery`);
        await page.evaluate(
          (endpoint, token) => {
            const element = document.createElement("sync-status");
            element.id = "mine";
            element.setAttribute("endpoint", endpoint);
            element.getToken = () => token;
            document.body.prepend(element);
          },
          server.endpoint,
          token,
        );
        await page.evaluate(async () => {
          await document.querySelector("sync-status")!.client!.ready;
          await document.querySelector("sync-status")!.client!.create("goal", {
            id: "one",
            title: "Arabesque",
          });
        });
        await waitForLabel(page, "All changes saved");
        assertEquals(await titleAt(other), "Arabesque");

        await server.kill();
        await edit(page, "Arabesque, by heart");
        // Asked for: the next automatic attempt may be seconds away.
        await page.evaluate(() => document.querySelector("sync-status")!.sync());
        await waitForLabel(page, "Offline · 1 saved on this device");
        await server.start();
        await page.evaluate(() => document.querySelector("sync-status")!.sync());
        await waitForLabel(page, "All changes saved");
        assertEquals(await titleAt(other), "Arabesque, by heart");

        await page.evaluate(() => document.querySelector("sync-status")!.pause());
        await edit(page, "Arabesque, slowly");
        await other.update("goal", "one", { title: "Arabesque, fast" });
        await page.evaluate(() => document.querySelector("sync-status")!.resume());
        await page.evaluate(() => document.querySelector("sync-status")!.sync());
        await other.manualSync();
        await page.evaluate(() => document.querySelector("sync-status")!.sync());
        await waitForLabel(page, "1 needs your choice");
        await focus(page, "mine", "button");
        await page.press("Enter");
        await waitForPart(page, "mine", ".conflicts li button");
        await focus(page, "mine", ".conflicts li button");
        await page.press("Enter");
        await waitForPart(page, "mine", "dialog[open] fieldset");
        await page.press("Escape");
        await waitForPart(page, "mine", "dialog:not([open])");
        assertEquals([await isOpen(page, "mine"), await focused(page, "mine")], [true, "button action"]);
        await page.press("Enter");
        await waitForPart(page, "mine", "dialog[open] footer button");
        await focus(page, "mine", "dialog[open] footer button");
        await page.press("Enter");
        await waitForPart(page, "mine", "dialog:not([open])");
        await page.evaluate(() => document.querySelector("sync-status")!.sync());
        await waitForLabel(page, "All changes saved");
        assertEquals(await titleAt(other), "Arabesque, slowly");
      } finally {
        await other.close();
      }
    }));
}

const edit = (page: DrivenPage, title: string) =>
  page.evaluate(
    (title) => document.querySelector("sync-status")!.client!.update("goal", "one", { title }),
    title,
  );

/** The title as another device of the same person gets it. */
async function titleAt(other: SyncClient): Promise<unknown> {
  await other.manualSync();
  return other.get("goal", "one")?.title;
}
