import { assertEquals } from "@std/assert";
import type { SyncStatusElement } from "../../client/widget/sync_status.ts";
import { logSession, openDemo, syncedWithinMs } from "./demo_page.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("what could not be stored is said until a later write is stored, and then the page is offline again", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "clara");
    const note = page.locator("#page-note");
    const offline = "This window is offline by your switch. Everything you write stays on this device.";
    await page.getByText("Take this window offline").click();
    await page.getByText(offline).waitFor();
    await page.locator("#sync").evaluate((node) => {
      const sync = (node as SyncStatusElement).client!;
      const create = sync.create.bind(sync);
      sync.create = () => {
        sync.create = create;
        return Promise.reject(new Error("This device has no room left."));
      };
    });
    await page.getByRole("button", { name: "Log a session" }).first().click();
    await page.locator("#entry-dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("This device has no room left.").waitFor();
    await page.locator("#load").scrollIntoViewIfNeeded();
    const { y } = (await note.boundingBox())!;
    assertEquals(y >= 0 && y < 200, true, `it is in sight wherever the page is scrolled to; at ${y} px`);
    await logSession(page, "Romance", 10);
    await page.getByText(offline).waitFor();
    await page.getByText("Take this window offline").click();
    await page.getByText(offline).waitFor({ state: "detached" });
    assertEquals(await note.evaluate((node) => node.classList.contains("shown")), false);
  }));

Deno.test("somebody else can be switched to after the skip link was used", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "fanny");
    await page.goto("/");
    await page.getByText("Nothing here yet").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#log$/);
    await page.getByRole("button", { name: "Signed in as fanny. Switch" }).click();
    await page.locator("#person-dialog").getByLabel("Name").fill("nadia");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Signed in as nadia. Switch" }).waitFor();
  }));

Deno.test("records are loaded once, however often the button is pressed meanwhile", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "erik");
    await page.getByText("Take this window offline").click();
    const button = page.getByRole("button", { name: "Load 1,000 records" });
    await button.press("Enter");
    await page.getByText("0 of 1,000 on the server").waitFor({ timeout: 3 * syncedWithinMs });
    await button.press("Enter");
    assertEquals(await button.getAttribute("aria-disabled"), "true");
    assertEquals(await button.evaluate((node) => node === document.activeElement), true);
    await page.getByText("Take this window offline").click();
    await page.getByText("All 1,000 are on the server.").waitFor({ timeout: 3 * syncedWithinMs });
    await page.locator("#load:not([aria-disabled=true])").waitFor();
    assertEquals(await page.locator("#entry-count").innerText(), "960");
  }));
