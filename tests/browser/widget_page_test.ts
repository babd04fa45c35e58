// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import { waitForLabel } from "./demo_page.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("the panel opens by keyboard, Escape closes it and gives the focus back", () =>
  withWorld(async ({ device }) => {
    const page = await (await device()).openTab("/?name=clara");
    await waitForLabel(page, "All changes saved");
    const isOpen = () =>
      page.evaluate(() =>
        document.querySelector("sync-status")!.shadowRoot!.querySelector("#panel")!.matches(":popover-open")
      );
    await page.locator("#person").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assertEquals(await isOpen(), true);
    await page.locator("sync-status time", { hasText: "Last synced" }).waitFor();
    const box = await page.locator("sync-status #panel").boundingBox();
    const width = page.viewportSize()!.width;
    assertEquals(
      box !== null && box.x >= 0 && box.x + box.width <= width,
      true,
      "the panel is in the window",
    );
    await page.keyboard.press("Escape");
    assertEquals(await isOpen(), false);
    const focused = () => document.querySelector("sync-status")!.shadowRoot!.activeElement?.localName;
    assertEquals(await page.evaluate(focused), "button");
    const state = () => document.querySelector("sync-status")!.matches(":state(synced)");
    assertEquals(await page.evaluate(state), true);
  }));

Deno.test("properties set before the script came survive, and a moved element keeps its one client", () =>
  withWorld(async ({ device, server }) => {
    const page = await (await device()).openBlankTab();
    const token = await server.token("clara");
    const seen = await page.evaluate(async ({ endpoint, token }) => {
      const element = document.createElement("sync-status");
      element.setAttribute("endpoint", endpoint);
      Object.assign(element, { getToken: () => token, messages: { synced: "Tout est enregistré" } });
      document.body.append(element);
      const warnings: string[] = [];
      console.warn = (text) => warnings.push(text);
      await import(String("/sync-status.js"));
      await import(String("/sync-status.js?again"));
      const { client } = element;
      document.body.append(document.createElement("div"));
      element.remove();
      document.body.lastElementChild!.append(element);
      const twin = document.createElement("sync-status");
      twin.setAttribute("endpoint", endpoint);
      document.body.append(twin);
      return { same: element.client === client && twin.client === client, warnings: warnings.length };
    }, { endpoint: server.endpoint, token });
    assertEquals(seen, { same: true, warnings: 1 });
    await page.locator("sync-status .label", { hasText: "Tout est enregistré" }).waitFor();
  }));
