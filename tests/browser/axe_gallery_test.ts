import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import { syncStates } from "../../client/sync_client_api.ts";
import { openGallery, openPanel, runAxe } from "./gallery_page.ts";
import { withWorld } from "./harness/world.ts";

const looks = { light: "?theme=light", dark: "?theme=dark", rtl: "?theme=light&lang=ar" } as const;

for (const [look, search] of Object.entries(looks)) {
  Deno.test(`axe finds nothing in 13 states, panel closed and open, ${look}`, () =>
    withWorld(async ({ device }) => {
      const page = await openGallery(await device(), search);
      if (look === "rtl") await page.locator("#synced .label", { hasText: "حُفظت" }).waitFor();
      const found = { page: await runAxe(page, "html") } as Record<
        string,
        Awaited<ReturnType<typeof runAxe>>
      >;
      for (const state of syncStates) {
        await openPanel(page, state);
        found[state] = await runAxe(page, `#${state}`);
      }
      assertNothing(found);
      assertEquals(Object.keys(found).length, 14);
    }));

  Deno.test(`axe finds nothing in the review and the correction, ${look}`, () =>
    withWorld(async ({ device }) => {
      const page = await openGallery(await device(), search);
      const found: Record<string, Awaited<ReturnType<typeof runAxe>>> = {};
      await openPanel(page, "conflict");
      for (const which of [0, 1]) {
        await openDialog(page, "conflict", `.conflicts li:nth-of-type(${which + 1}) button`);
        found[`review ${which}`] = await runAxe(page, "#conflict");
        await page.keyboard.press("Escape");
      }
      await openPanel(page, "failed");
      await openDialog(page, "failed", ".notSaved button:nth-of-type(2)");
      found.correction = await runAxe(page, "#failed");
      assertNothing(found);
    }));
}

async function openDialog(page: Page, state: string, button: string): Promise<void> {
  await page.locator(`#${state} ${button}`).click();
  await page.locator(`#${state} dialog h2`).waitFor();
}

function assertNothing(found: Record<string, Awaited<ReturnType<typeof runAxe>>>): void {
  const violations = Object.entries(found).flatMap(([where, result]) =>
    result.violations.map((one) => `${where}: ${one}`)
  );
  assertEquals(violations, []);
  for (const [where, { passes }] of Object.entries(found)) {
    const needed = ["button-name", "color-contrast", "target-size"];
    assertEquals(
      needed.filter((rule) => !passes.includes(rule)),
      [],
      `${where}: rules with nothing to look at`,
    );
  }
}
