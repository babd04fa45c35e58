import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import { syncStates } from "../../client/sync_client_api.ts";
import { openGallery, openPanel } from "./gallery_page.ts";
import { withWorld } from "./harness/world.ts";

/** What has the focus inside an element's shadow tree, as words. */
const focused = (page: Page, state: string) =>
  page.evaluate((id) => {
    const node = document.getElementById(id)!.shadowRoot!.activeElement;
    const named = node?.querySelector(".label") ?? node;
    return (node?.ariaLabel ?? named?.textContent ?? "").replace(/\s+/g, " ").trim();
  }, state);
const isOpen = (page: Page, state: string) =>
  page.evaluate(
    (id) => document.getElementById(id)!.shadowRoot!.querySelector("#panel")!.matches(":popover-open"),
    state,
  );

Deno.test("an open panel stays in the window and leaves its button free, down to 320 px and at 200 % text", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    const faults: string[] = [];
    for (
      const [width, height, rootFont] of [[320, 640, ""], [480, 900, ""], [1400, 800, ""], [
        640,
        900,
        "200%",
      ]] as const
    ) {
      await page.setViewportSize({ width, height });
      await page.evaluate((size) => document.documentElement.style.fontSize = size, rootFont);
      for (const state of syncStates) {
        await openPanel(page, state);
        const fault = await page.evaluate((id) => {
          const root = document.getElementById(id)!.shadowRoot!;
          const [panel, button] = ["#panel", "button"].map((one) =>
            root.querySelector(one)!.getBoundingClientRect()
          );
          const { clientWidth, clientHeight, scrollWidth } = document.documentElement;
          if (scrollWidth > clientWidth) return "the page scrolls sideways";
          if (root.querySelector("#panel")!.scrollWidth > root.querySelector("#panel")!.clientWidth) {
            return "the panel scrolls sideways";
          }
          const { left, right, top, bottom } = panel!;
          if (left < 0 || top < 0 || right > clientWidth || bottom > clientHeight) {
            return "the panel leaves the window";
          }
          return bottom > button!.top && top < button!.bottom ? "the panel covers its button" : "";
        }, state);
        if (fault) faults.push(`${state} at ${width} px: ${fault}`);
      }
    }
    assertEquals(faults, []);
  }));

Deno.test("by keyboard alone: open, walk every section, look at a correction, and get the focus back", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    const press = (key: string) => page.keyboard.press(key);
    await page.locator("#failed button").first().focus();
    await press("Space");
    assertEquals(await isOpen(page, "failed"), true);
    await page.locator("#failed .notSaved").waitFor();
    const walked: string[] = [];
    for (let step = 0; step < 9; step++) {
      await press("Tab");
      walked.push(await focused(page, "failed"));
    }
    assertEquals(walked, [
      "Retry: New logbook entry",
      "Edit: New logbook entry",
      "Discard: New logbook entry",
      "Devices",
      "History",
      "Storage",
      "Sync now",
      "Pause",
      "Export debug log",
    ]);
    await press("Tab");
    const outside = await page.evaluate(() => document.activeElement?.id);
    assertEquals(outside !== "failed", true, "the panel is no trap");
    await page.locator("#failed .notSaved button").nth(1).focus();
    await press("Enter");
    await page.locator("#failed dialog h2").waitFor();
    await press("Escape");
    assertEquals([await isOpen(page, "failed"), await focused(page, "failed")], [
      true,
      "Edit: New logbook entry",
    ]);
    await press("Escape");
    assertEquals(await isOpen(page, "failed"), false);
    // The focus comes back with the popover's own event, a moment after the key.
    await page.waitForFunction(() =>
      document.querySelector("#failed")?.shadowRoot?.activeElement?.matches("button[part=button]")
    );
    assertEquals(await focused(page, "failed"), "2 couldn't be saved");
  }));

Deno.test("the focus survives a list that changes under it, also when its own row goes", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    await openPanel(page, "failed");
    /** Takes rows out of the made-up queue, as an answer of the server would. */
    const leave = (changeIds: string[]) =>
      page.evaluate(async (changeIds) => {
        const element = document.getElementById("failed") as HTMLElementTagNameMap["sync-status"];
        const { changeQueue } = element.client!;
        const left = (await changeQueue.getFailedChanges()).filter((one) => changeIds.includes(one.changeId));
        changeQueue.getFailedChanges = () => Promise.resolve(left);
        element.client!.dispatchEvent(new Event("status"));
      }, changeIds);
    await page.evaluate(async () => {
      const element = document.getElementById("failed") as HTMLElementTagNameMap["sync-status"];
      const [first] = await element.client!.changeQueue.getFailedChanges();
      const rows = ["a", "b", "c"].map((changeId) => ({ ...first!, changeId, data: { title: changeId } }));
      element.client!.changeQueue.getFailedChanges = () => Promise.resolve(rows);
      element.client!.dispatchEvent(new Event("status"));
    });
    const retryB = page.getByRole("button", { name: "Retry: New logbook entry: b" });
    await retryB.focus();
    await leave(["b", "c"]);
    await page.getByText("New logbook entry: a").waitFor({ state: "detached" });
    assertEquals(await focused(page, "failed"), "Retry: New logbook entry: b");
    await leave(["c"]);
    await retryB.waitFor({ state: "detached" });
    assertEquals(await focused(page, "failed"), "Retry: New logbook entry: c");
    await leave([]);
    await page.getByText("New logbook entry: c").waitFor({ state: "detached" });
    assertEquals((await focused(page, "failed")).length > 0, true, "nothing has the focus");
  }));

Deno.test("trouble is put into a live region that was there before, saving into none", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    const regions = (state: string) =>
      page.evaluate((id) => {
        const root = document.getElementById(id)!.shadowRoot!;
        const polite = root.querySelector(":host > [role=status]") ?? root.querySelector("[role=status]")!;
        return [polite.textContent, root.querySelector("[role=alert]")!.textContent, polite.ariaAtomic];
      }, state);
    const said = Object.fromEntries(
      await Promise.all(syncStates.map(async (one) => [one, await regions(one)])),
    );
    assertEquals(said, {
      storage: ["", "Not saved on this device", "true"],
      lost: ["", "Some changes may be lost", "true"],
      failed: ["2 couldn't be saved", "", "true"],
      conflict: ["2 need your choice", "", "true"],
      auth: ["Sign in to sync", "", "true"],
      paused: ["", "", "true"],
      stale: ["3 unsynced for 3 days", "", "true"],
      retrying: ["Can't reach server", "", "true"],
      offline: ["Offline · 3 saved on this device", "", "true"],
      syncing: ["", "", "true"],
      pending: ["", "", "true"],
      loading: ["", "", "true"],
      synced: ["", "", "true"],
    });
  }));

Deno.test("reduced motion stops the animation, forced colours leave every label readable", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    const moving = () =>
      page.evaluate(() =>
        document.getElementById("syncing")!.shadowRoot!.querySelector("svg")!.getAnimations().length
      );
    assertEquals(await moving(), 1);
    await page.emulateMedia({ reducedMotion: "reduce" });
    assertEquals(await moving(), 0);
    await page.emulateMedia({ forcedColors: "active" });
    const colours = await page.evaluate(() => {
      const button = document.getElementById("failed")!.shadowRoot!.querySelector("button")!;
      const { color, backgroundColor } = getComputedStyle(button);
      return [color, backgroundColor, getComputedStyle(button.querySelector("svg")!).stroke];
    });
    assertEquals(colours[0] !== colours[1] && colours[2] === colours[0], true, colours.join(" / "));
  }));
