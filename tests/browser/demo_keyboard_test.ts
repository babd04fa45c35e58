import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import { logSession, openDemo, row, syncNow } from "./demo_page.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("by keyboard alone: the focus stays with the record through logging, editing, deleting and undoing", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "clara");
    const keys = page.keyboard;
    await page.getByText("Nothing here yet").waitFor();
    await page.locator("#add-first").focus();
    await keys.press("Enter");
    await keys.type("20");
    await keys.press("Enter");
    await row(page, "20").waitFor();
    await waitForFocus(page, "Log a session");

    await page.getByRole("button", { name: "Edit Practice" }).focus();
    await keys.press("Enter");
    await keys.type("25");
    await keys.press("Enter");
    await row(page, "25").waitFor();
    await row(page, "on this device only").waitFor();
    await row(page, "on this device only").waitFor({ state: "detached" });
    await waitForFocus(page, "Edit Practice");

    await page.getByRole("button", { name: "Delete Practice" }).focus();
    await keys.press("Enter");
    await row(page, "25").waitFor({ state: "detached" });
    await waitForFocus(page, "Log");
    await page.getByRole("button", { name: "Undo" }).focus();
    await keys.press("Enter");
    await row(page, "25").waitFor();
    await waitForFocus(page, "Edit Practice");

    await page.getByRole("button", { name: "Delete Practice" }).focus();
    await keys.press("Enter");
    await row(page, "25").waitFor({ state: "detached" });
    await keys.press("Control+z");
    await row(page, "25").waitFor();
    await waitForFocus(page, "Edit Practice");
  }));

Deno.test("by keyboard alone: a milestone that was ticked keeps the focus, also when its row is drawn anew", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "fanny");
    await page.getByRole("button", { name: "Add a goal" }).click();
    const form = page.locator("#goal-dialog");
    await form.getByLabel("Title").fill("Play it from memory");
    await form.getByLabel("Milestones").fill("Bars 1-26\nBars 27-50");
    await form.getByRole("button", { name: "Save" }).click();
    const step = page.getByLabel("Bars 27-50");
    await step.focus();
    await page.keyboard.press("Space");
    await page.locator(".goal").getByText("on this device only").waitFor();
    await page.locator(".goal").getByText("on this device only").waitFor({ state: "detached" });
    assertEquals(await step.evaluate((node) => node === document.activeElement), true);
    assertEquals(await step.isChecked(), true);

    await page.getByRole("button", { name: "Add a goal" }).click();
    await form.getByLabel("Title").fill("Another");
    await page.keyboard.press("Enter");
    const another = page.getByRole("button", { name: "Delete Another" });
    await another.focus();
    await page.keyboard.press("Enter");
    await another.waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.matches(".goal [type=checkbox]"));
    await page.keyboard.press("Control+z");
    await another.waitFor();
    await waitForFocus(page, "Edit Another");
  }));

Deno.test("a form whose record is changed elsewhere meanwhile gives the focus back to its button", () =>
  withWorld(async ({ device }) => {
    const mine = await device();
    const page = await openDemo(mine, "nadia");
    await logSession(page, "Romance", 10);
    await syncNow(page);
    const second = await openDemo(mine, "nadia", 2);
    await row(second, "Romance").waitFor();

    await page.getByRole("button", { name: "Edit Romance" }).focus();
    await page.keyboard.press("Enter");
    await second.getByRole("button", { name: "Edit Romance" }).click();
    await second.keyboard.type("40");
    await second.keyboard.press("Enter");
    await row(second, "40").waitFor();
    await syncNow(second);
    await syncNow(page);
    await row(page, "40").waitFor();
    await page.keyboard.press("Escape");
    await waitForFocus(page, "Edit Romance");
  }));

/** Waits until the focused element is the one of that name. */
async function waitForFocus(page: Page, name: string): Promise<void> {
  await page.waitForFunction((name) => {
    const node = document.activeElement;
    const label = node?.getAttribute("aria-labelledby");
    return (node?.ariaLabel ?? (label ? document.getElementById(label) : node)?.textContent) === name;
  }, name);
}
