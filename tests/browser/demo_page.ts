/** What a person does on the demo page. */
import type { Locator, Page } from "playwright";
import type { SyncStatusElement } from "../../client/widget/sync_status.ts";
import type { Device } from "./harness/device.ts";

/** Longest wait for something to appear that needs the server. */
export const syncedWithinMs = 30_000;

/** The demo as `name` on device `number` of the browser. */
export async function openDemo(device: Device, name: string, number = 1): Promise<Page> {
  // Noon of today: a session that is logged now must not have begun yesterday. Timers go on as ever.
  await device.context.clock.setFixedTime(new Date().setHours(12, 0, 0, 0));
  const page = await device.openTab(`/?name=${name}&device=${number}`);
  page.setDefaultTimeout(syncedWithinMs);
  await page.locator("#found", { hasNotText: "Opening" }).waitFor();
  return page;
}

/** Rows of the log whose text has `text`. */
export function row(page: Page, text: string): Locator {
  return page.locator("#entries .entry", { hasText: text });
}

/** Logs a session of `minutes` with one piece. */
export async function logSession(page: Page, piece: string, minutes: number): Promise<void> {
  await page.getByRole("button", { name: "Log a session" }).first().click();
  const form = page.locator("#entry-dialog");
  await form.getByLabel("Minutes").fill(String(minutes));
  await form.getByLabel("Pieces").fill(piece);
  await form.getByRole("button", { name: "Save" }).click();
  await row(page, piece.split(" – ")[0]!).waitFor();
}

/** Waits until the element says so. */
export async function waitForLabel(page: Page, label: string | RegExp): Promise<void> {
  await page.locator("sync-status button .label").filter({ hasText: label }).waitFor();
}

/** How many sessions the page counts. */
export async function sessionCount(page: Page): Promise<number> {
  return Number((await page.locator("#entry-count").innerText()).replaceAll(/\D/g, ""));
}

/** One exchange with the server, now. */
export async function syncNow(page: Page): Promise<void> {
  await page.locator("#sync").evaluate((node) => (node as SyncStatusElement).client!.manualSync());
}
