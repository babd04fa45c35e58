/** A page with nothing but a `<sync-status>`, and what a test does with its client. */
// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import type { Page } from "playwright";
import type { Device } from "./harness/device.ts";
import type { ServerProcess } from "./harness/server_process.ts";

/** Opens a page whose element syncs as Clara. */
export async function openElement(device: Device, server: ServerProcess): Promise<Page> {
  const page = await device.openBlankTab();
  page.setDefaultTimeout(20_000);
  await addElement(page, server);
  return page;
}

/** Puts an element that syncs as Clara on a page without one. */
export async function addElement(page: Page, server: ServerProcess): Promise<void> {
  const token = await server.token("clara");
  await page.evaluate(async ({ endpoint, token }) => {
    await import(String("/sync-status.js"));
    const element = document.createElement("sync-status");
    element.setAttribute("endpoint", endpoint);
    element.getToken = () => token;
    document.body.append(element);
    await element.client!.ready;
  }, { endpoint: server.endpoint, token });
}

/** Syncs now. */
export const sync = (page: Page) =>
  page.evaluate(() => document.querySelector("sync-status")!.client!.manualSync());

/** Gives the goal `id` another title. */
export const edit = (page: Page, title: string, id = "one") =>
  page.evaluate(
    ([id, title]) => document.querySelector("sync-status")!.client!.update("goal", id!, { title: title! }),
    [id, title],
  );

/** The title of the goal `id` as this device sees it. */
export const title = (page: Page, id = "one") =>
  page.evaluate((id) => document.querySelector("sync-status")!.client!.get("goal", id)?.title, id);

/** Waits until the button says so. */
export const label = (page: Page, text: string) =>
  page.locator("sync-status .label", { hasText: text }).waitFor();

/** The name of what has the focus in the element's shadow tree; null where nothing has. */
export const focused = (page: Page) =>
  page.evaluate(() => {
    const node = document.querySelector("sync-status")!.shadowRoot!.activeElement;
    return node && (node.ariaLabel ?? node.textContent ?? "").replace(/\s+/g, " ").trim();
  });

/** Two devices that edited the same field without seeing each other; the first one's value lost. */
export async function quarrel(
  device: () => Promise<Device>,
  server: ServerProcess,
  ids: readonly string[] = ["one"],
): Promise<[Page, Page]> {
  const [first, second] = [
    await openElement(await device(), server),
    await openElement(await device(), server),
  ];
  await first.evaluate(async (ids) => {
    const { client } = document.querySelector("sync-status")!;
    for (const id of ids) await client!.create("goal", { id, title: "Clair de Lune", minutes: 20 });
  }, [...ids]);
  for (const page of [first, second]) await sync(page);
  for (const page of [first, second]) {
    await page.evaluate(() => document.querySelector("sync-status")!.pause());
  }
  for (const id of ids) {
    await edit(first, "Clair de Lune, slowly", id);
    await edit(second, "Clair de Lune, in D flat", id);
  }
  for (const page of [first, second, first]) {
    await page.evaluate(() => document.querySelector("sync-status")!.resume());
    await sync(page);
  }
  return [first, second];
}
