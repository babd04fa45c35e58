import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import { syncStates } from "../../client/sync_client_api.ts";
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { openGallery, openPanel } from "./gallery_page.ts";
import { withWorld } from "./harness/world.ts";

/** The gallery's address by look. Forced colours are the browser's own, on top of the light look. */
const looks = {
  light: "?theme=light",
  dark: "?theme=dark",
  "light-rtl": "?theme=light&lang=ar",
  "dark-rtl": "?theme=dark&lang=ar",
  forced: "?theme=light",
} as const;
/** The dialogs: state and button that opens each. */
const dialogs = {
  review: ["conflict", ".conflicts li:nth-of-type(1) button"],
  restore: ["conflict", ".conflicts li:nth-of-type(2) button"],
  correction: ["failed", ".notSaved button:nth-of-type(2)"],
} as const;

/** All states in each look if `SCREENSHOTS=all` asks for it; else in the two that differ most. */
const statesIn = (look: string) =>
  Deno.env.get("SCREENSHOTS") === "all" || ["light", "dark-rtl"].includes(look) ? syncStates : [];

Deno.test("every state and every dialog has a picture of its own, for a person to look through", () =>
  withWorld(async ({ device }) => {
    const folder = `${repositoryRoot()}/screenshots`;
    await Deno.mkdir(folder, { recursive: true });
    const seen = new Set<string>();
    const take = async (page: Page, name: string) => {
      const picture = await page.screenshot({ path: `${folder}/${name}.png` });
      const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(picture));
      seen.add(new Uint8Array(digest).toHex());
    };
    await Promise.all(
      Object.entries(looks).map(async ([look, search]) => {
        const page = await openGallery(await device(), search);
        if (look === "forced") await page.emulateMedia({ forcedColors: "active" });
        if (search.includes("lang=ar")) await page.locator("#synced .label", { hasText: "حُفظت" }).waitFor();
        await page.setViewportSize({ width: 480, height: 900 });
        for (const state of statesIn(look)) {
          await openPanel(page, state);
          await take(page, `${state}-${look}`);
        }
        await page.setViewportSize({ width: 800, height: 900 });
        for (const [name, [state, button]] of Object.entries(dialogs)) {
          await openPanel(page, state);
          await page.locator(`#${state} ${button}`).click();
          await page.locator(`#${state} dialog h2`).waitFor();
          await take(page, `${name}-${look}`);
          await page.keyboard.press("Escape");
          await page.locator(`#${state} dialog`).waitFor({ state: "hidden" });
        }
        await page.close();
      }),
    );
    const pictures =
      Object.keys(looks).flatMap((look) => [...statesIn(look), ...Object.keys(dialogs)]).length;
    assertEquals(seen.size, pictures);
  }));
