import { assertEquals } from "@std/assert";
import { logSession, openDemo, row, waitForLabel } from "./demo_page.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("a session is logged, found, edited, deleted and brought back, and a second device follows", () =>
  withWorld(async ({ device }) => {
    const mine = await device();
    const page = await openDemo(mine, "clara");
    await page.getByText("Nothing here yet").waitFor();
    await logSession(page, "Clair de Lune – Claude Debussy", 45);
    await logSession(page, "The Swan – Camille Saint-Saëns", 12.5);
    await waitForLabel(page, "All changes saved");
    assertEquals(await page.locator("#headline").innerText(), "57.5\u00a0min today");

    const second = await openDemo(mine, "clara", 2);
    await row(second, "Clair de Lune").waitFor();
    assertEquals(await second.locator("#device").innerText(), "Device 2");

    await page.getByLabel("Search the log").fill("saens swan");
    await page.getByText("1 of 2 sessions").waitFor();
    assertEquals(await row(page, "Clair de Lune").count(), 0);
    await page.getByLabel("Search the log").fill("");

    await page.getByRole("button", { name: "Edit Clair de Lune" }).click();
    const dialog = page.locator("#entry-dialog");
    assertEquals(await dialog.getByLabel("None").isChecked(), true, "no mood is a choice, and the one made");
    const { width, height } = page.viewportSize()!;
    await page.setViewportSize({ width: 320, height: 640 });
    assertEquals(
      await dialog.evaluate((node) => node.scrollWidth - node.clientWidth),
      0,
      "fits a narrow phone",
    );
    await page.setViewportSize({ width, height });
    await page.locator("#entry-dialog").getByLabel("Notes").fill("Slower, <b>hands apart</b>.");
    await page.locator("#entry-dialog").getByRole("button", { name: "Save" }).click();
    await row(page, "Slower, <b>hands apart</b>.").waitFor();

    await page.getByRole("button", { name: "Delete The Swan" }).click();
    await page.getByText("Deleted “The Swan”").waitFor();
    await row(page, "The Swan").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await row(page, "The Swan").waitFor();
    await waitForLabel(page, "All changes saved");

    await second.locator("sync-status").click();
    await row(second, "Slower, <b>hands apart</b>.").waitFor();
    await row(second, "The Swan").waitFor();
    assertEquals(mine.consoleErrors, [], "the strict policy refuses nothing");
  }));

Deno.test("a goal is added, its milestone ticked, and both devices of the person have it", () =>
  withWorld(async ({ device }) => {
    const mine = await device();
    const page = await openDemo(mine, "fanny");
    await page.getByRole("button", { name: "Add a goal" }).click();
    const form = page.locator("#goal-dialog");
    await form.getByLabel("Title").fill("Play it from memory");
    await form.getByLabel("Milestones").fill("Bars 1-26\nBars 27-50");
    await form.getByRole("button", { name: "Save" }).click();
    await page.getByLabel("Bars 1-26").check();
    await waitForLabel(page, "All changes saved");
    const other = await openDemo(await device(), "fanny");
    await other.locator(".goal", { hasText: "Play it from memory" }).waitFor();
    assertEquals(await other.getByLabel("Bars 1-26").isChecked(), true);
    assertEquals(await other.getByLabel("Bars 27-50").isChecked(), false);
  }));

Deno.test("another name sees nothing of it", () =>
  withWorld(async ({ device }) => {
    const mine = await device();
    const page = await openDemo(mine, "nadia");
    await logSession(page, "Romance", 10);
    await waitForLabel(page, "All changes saved");
    const stranger = await openDemo(mine, "erik");
    await waitForLabel(stranger, "All changes saved");
    assertEquals(await row(stranger, "Romance").count(), 0);
  }));
