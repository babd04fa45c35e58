// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import type { Device } from "./harness/device.ts";
import type { ServerProcess } from "./harness/server_process.ts";
import { withWorld } from "./harness/world.ts";

const element = "sync-status";

async function openElement(device: Device, server: ServerProcess): Promise<Page> {
  const page = await device.openBlankTab();
  page.setDefaultTimeout(20_000);
  const token = await server.token("clara");
  await page.evaluate(async ({ endpoint, token }) => {
    await import(String("/sync-status.js"));
    const element = document.createElement("sync-status");
    element.setAttribute("endpoint", endpoint);
    element.getToken = () => token;
    document.body.append(element);
    await element.client!.ready;
  }, { endpoint: server.endpoint, token });
  return page;
}

const sync = (page: Page) => page.evaluate(() => document.querySelector("sync-status")!.client!.manualSync());
const edit = (page: Page, title: string) =>
  page.evaluate(
    (title) => document.querySelector("sync-status")!.client!.update("goal", "one", { title }),
    title,
  );
const title = (page: Page) =>
  page.evaluate(() => document.querySelector("sync-status")!.client!.get("goal", "one")?.title);
const label = (page: Page, text: string) => page.locator(`${element} .label`, { hasText: text }).waitFor();

/** Two devices that edited the same field without seeing each other; the first one's value lost. */
async function quarrel(device: () => Promise<Device>, server: ServerProcess): Promise<[Page, Page]> {
  const [first, second] = [
    await openElement(await device(), server),
    await openElement(await device(), server),
  ];
  await first.evaluate(() =>
    document.querySelector("sync-status")!.client!.create("goal", {
      id: "one",
      title: "Clair de Lune",
      minutes: 20,
    })
  );
  for (const page of [first, second]) await sync(page);
  for (const page of [first, second]) {
    await page.evaluate(() => document.querySelector("sync-status")!.pause());
  }
  await edit(first, "Clair de Lune, slowly");
  await edit(second, "Clair de Lune, in D flat");
  for (const page of [first, second, first]) {
    await page.evaluate(() => document.querySelector("sync-status")!.resume());
    await sync(page);
  }
  return [first, second];
}

Deno.test("a person settles a conflict in the review by keyboard, and the other device hears of it", () =>
  withWorld(async ({ device, server }) => {
    const [first, second] = await quarrel(device, server);
    await label(first, "1 needs your choice");
    await label(second, "1 needs your choice");
    await first.locator(`${element} > button, ${element} button[part=button]`).first().press("Enter");
    const compare = first.getByRole("button", { name: "Compare: Edited goal: Clair de Lune, slowly" });
    await compare.focus();
    await first.keyboard.press("Enter");
    const review = first.getByRole("dialog", { name: "Edited goal: Clair de Lune, slowly" });
    await review.waitFor();
    assertEquals(await review.getByLabel("Result: title").inputValue(), "Clair de Lune, in D flat");
    await first.keyboard.press("Escape");
    await review.waitFor({ state: "hidden" });
    assertEquals(
      await compare.evaluate((node) => node === (node.getRootNode() as ShadowRoot).activeElement),
      true,
    );
    await first.keyboard.press("Enter");
    await review.getByRole("radio", { name: "This device" }).check();
    await review.getByRole("button", { name: "Save result" }).click();
    await review.waitFor({ state: "hidden" });
    assertEquals(await title(first), "Clair de Lune, slowly");
    await sync(first);
    await label(first, "All changes saved");
    assertEquals(await first.getByText("This has been settled on another device.").count(), 0);
    await sync(second);
    await label(second, "All changes saved");
    assertEquals(await title(second), "Clair de Lune, slowly");
  }));

Deno.test("an open review closes when the conflict is settled on the other device", () =>
  withWorld(async ({ device, server }) => {
    const [first, second] = await quarrel(device, server);
    for (const page of [first, second]) {
      await label(page, "1 needs your choice");
      await page.locator(`${element} button[part=button]`).click();
      await page.getByRole("button", { name: /^Compare/ }).click();
    }
    await second.getByLabel("Result: title").fill("Clair de Lune, both ways");
    await second.getByRole("button", { name: "Save result" }).click();
    await second.locator(`${element} dialog`).waitFor({ state: "hidden" });
    await sync(second);
    await sync(first);
    await first.getByText("This has been settled on another device.").waitFor();
    assertEquals(await first.locator(`${element} dialog`).isVisible(), false);
    assertEquals(await title(first), "Clair de Lune, both ways");
  }));
