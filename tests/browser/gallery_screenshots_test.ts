import { assertEquals } from "@std/assert";
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { syncStates } from "../../client/sync_client_api.ts";
import { openGallery, openPanel } from "./gallery_page.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("every state has a picture of its own in light and dark, for a person to look through", () =>
  withWorld(async ({ device }) => {
    const folder = `${repositoryRoot()}/screenshots`;
    await Deno.mkdir(folder, { recursive: true });
    const seen = new Set<string>();
    for (const theme of ["light", "dark"]) {
      const page = await openGallery(await device(), `?theme=${theme}`);
      await page.setViewportSize({ width: 480, height: 900 });
      for (const state of syncStates) {
        await openPanel(page, state);
        const path = `${folder}/${state}-${theme}.png`;
        const picture = await page.screenshot({ path });
        const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(picture));
        seen.add(new Uint8Array(digest).toHex());
      }
    }
    assertEquals(seen.size, 2 * syncStates.length);
  }));
