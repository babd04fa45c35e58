import { assertEquals } from "@std/assert";
import { edit, focused, label, openElement, quarrel, sync, title } from "./element_tab.ts";
import { openGallery } from "./gallery_page.ts";
import { withWorld } from "./harness/world.ts";

const element = "sync-status";

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

Deno.test("whoever settles conflicts by keyboard goes on at the next one, and then stays in the panel", () =>
  withWorld(async ({ device, server }) => {
    const [page] = await quarrel(device, server, ["one", "two"]);
    await label(page, "2 need your choice");
    await page.locator(`${element} button[part=button]`).press("Enter");
    const compare = page.getByRole("button", { name: "Compare: Edited goal: Clair de Lune, slowly" });
    for (const left of [1, 0]) {
      await compare.first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Keep mine" }).press("Enter");
      await page.locator(`${element} dialog`).waitFor({ state: "hidden" });
      await page.waitForFunction((left) => {
        const { client, shadowRoot } = document.querySelector("sync-status")!;
        return client!.status.conflicts === left &&
          shadowRoot!.querySelectorAll(".conflicts button").length === left;
      }, left);
      assertEquals(
        await focused(page),
        left ? "Compare: Edited goal: Clair de Lune, slowly" : "Devices",
      );
    }
  }));

Deno.test("a correction that is sent again leaves no dialog over the page", () =>
  withWorld(async ({ device, server }) => {
    const [page, other] = [
      await openElement(await device(), server),
      await openElement(await device(), server),
    ];
    await edit(page, "Nocturne");
    await sync(page);
    await label(page, "1 couldn't be saved");
    await other.evaluate(() =>
      document.querySelector("sync-status")!.client!.create("goal", { id: "one", minutes: 20 })
    );
    await sync(other);
    const button = page.locator(`${element} button[part=button]`);
    await button.press("Enter");
    await page.getByRole("button", { name: /^Edit/ }).press("Enter");
    await page.getByLabel("title").fill("Nocturne in E flat");
    await page.getByRole("button", { name: "Save and send again" }).press("Enter");
    await label(page, "All changes saved");
    assertEquals(await title(page), "Nocturne in E flat");
    const dialog = page.locator(`${element} dialog`);
    assertEquals(await dialog.evaluate((node: HTMLDialogElement) => [node.open, node.innerText]), [
      false,
      "",
    ]);
    assertEquals(await focused(page), "Devices");
    // Fails where anything covers it, or makes the page inert.
    await button.click();
    await page.locator(`${element} #panel`).waitFor({ state: "hidden" });
  }));

Deno.test("a review that arrives after its panel has closed stays closed, and the page can be used", () =>
  withWorld(async ({ device }) => {
    const one = await device();
    const arriving = Promise.withResolvers<void>();
    let address = "";
    await one.context.route("**/assets/sync-review-*", async (route) => {
      address = route.request().url();
      await arriving.promise;
      await route.continue();
    });
    const page = await openGallery(one);
    await page.locator("#conflict button[part=button]").click();
    await page.locator("#conflict .conflicts button").first().click();
    await page.keyboard.press("Escape");
    await page.locator("#conflict #panel").waitFor({ state: "hidden" });
    arriving.resolve();
    // The same module: here when the panel has it.
    await page.waitForFunction((address) => import(address).then(() => true), address);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    const dialog = page.locator("#conflict dialog");
    assertEquals(await dialog.evaluate((node: HTMLDialogElement) => node.open), false);
    await page.locator("#settings select").first().click();
    await page.keyboard.press("Escape");
    await page.locator("#conflict button[part=button]").click();
    await page.locator("#conflict .conflicts button").first().click();
    await dialog.locator("h2").waitFor();
  }));
