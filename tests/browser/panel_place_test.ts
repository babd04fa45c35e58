/** Where the panel stands and what it takes over from its page, in a real browser. */
// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import { openGallery, openPanel } from "./gallery_page.ts";
import { withWorld } from "./harness/world.ts";

/** Waits until what was asked for is drawn and placed. */
const drawn = (page: Page) =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  });

Deno.test("a panel that was scrolled stays so while its content moves on", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    await page.setViewportSize({ width: 480, height: 420 });
    await openPanel(page, "retrying");
    await drawn(page);
    const panel = page.locator("#retrying #panel");
    const scrolled = await panel.evaluate((node) => (node.scrollTop = 1000, node.scrollTop));
    await page.evaluate(() => {
      const element = document.getElementById("retrying") as HTMLElementTagNameMap["sync-status"];
      element.client!.dispatchEvent(new Event("status"));
    });
    await drawn(page);
    assertEquals([await panel.evaluate((node) => node.scrollTop), scrolled > 100], [scrolled, true]);
  }));

Deno.test("an open panel follows a window that gets narrow", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    await page.evaluate(() => {
      const element = document.getElementById("retrying") as HTMLElementTagNameMap["sync-status"];
      document.body.append(element);
      Object.assign(element.style, { position: "fixed", insetBlockStart: "10px", insetInlineEnd: "40px" });
    });
    for (const width of [1200, 400, 320]) {
      await page.setViewportSize({ width, height: 700 });
      if (width === 1200) await openPanel(page, "retrying");
      await drawn(page);
      const { left, right } = await page.locator("#retrying #panel").evaluate((node) =>
        node.getBoundingClientRect().toJSON()
      );
      assertEquals(left >= 0 && right <= width, true, `from ${left} to ${right} in ${width} px`);
    }
  }));

Deno.test("how a page sets its own text does not change the panel's or the review's", () =>
  withWorld(async ({ device }) => {
    const page = await openGallery(await device());
    await page.setViewportSize({ width: 480, height: 900 });
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`body { white-space: nowrap; letter-spacing: 4px; word-spacing: 9px;
        text-transform: uppercase; text-indent: 3em }`);
      document.adoptedStyleSheets.push(sheet);
    });
    const widths = (selector: string) =>
      page.locator(selector).evaluate((
        node,
      ) => [node.scrollWidth - node.clientWidth, node.clientWidth > 200]);
    await openPanel(page, "lost");
    await drawn(page);
    assertEquals(await widths("#lost #panel"), [0, true]);
    assertEquals(
      await page.locator("#lost #panel p").first().evaluate((node) => {
        const { whiteSpace, letterSpacing, wordSpacing, textTransform, textIndent } = getComputedStyle(node);
        return [whiteSpace, letterSpacing, wordSpacing, textTransform, textIndent];
      }),
      ["normal", "normal", "0px", "none", "0px"],
    );
    await openPanel(page, "conflict");
    await page.locator("#conflict .conflicts button").first().click();
    await page.locator("#conflict dialog h2").waitFor();
    assertEquals(await widths("#conflict dialog"), [0, true]);
    assertEquals(
      await page.locator("#conflict dialog h2").evaluate((node) => getComputedStyle(node).textTransform),
      "none",
    );
  }));
