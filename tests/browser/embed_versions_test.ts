// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import { startEmbedSite } from "./embed_site.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("two versions of the script on one page: one definition, one client, one warning, and both import", async () => {
  const site = startEmbedSite();
  try {
    await withWorld(async ({ device, server }) => {
      site.upstream = server.origin;
      // Another version: it says so in its label, and comes from a path of its own with chunks of its own.
      site.versions["/old/"] = (script) =>
        script.replaceAll("All changes saved", "Everything is saved (old)");
      const endpoint = `${site.origin}/api/sync/v2`;
      site.pages["/"] = {
        html: `<!doctype html><html lang="en"><title>Site</title><link rel="icon" href="data:,">
          <script type="module" src="/sync-status.js"></script>
          <script type="module" src="/old/sync-status.js"></script>
          <sync-status endpoint="${endpoint}"></sync-status><sync-status endpoint="/api/sync/v2"></sync-status>
          <script type="module">
            globalThis.asked = 0;
            document.querySelector("sync-status").getToken = () => (
              globalThis.asked++, ${JSON.stringify(await server.token("clara"))});
          </script>`,
      };
      const page = await (await device()).context.newPage();
      const warnings: string[] = [];
      page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
      const posts: string[] = [];
      page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
      await page.goto(`${site.origin}/`);
      for (const at of [0, 1]) {
        await page.locator("sync-status .label", { hasText: "All changes saved" }).nth(at).waitFor();
      }
      const seen = await page.evaluate(async () => {
        const [now, old] = await Promise.all(
          ["/sync-status.js", "/old/sync-status.js"].map((one) => import(one)),
        );
        const elements = [...document.querySelectorAll("sync-status")];
        const databases = (await indexedDB.databases()).filter(({ name }) => name!.endsWith("clara"));
        return {
          different: now.SyncStatusElement !== old.SyncStatusElement,
          defined: customElements.get("sync-status") === now.SyncStatusElement,
          clients: new Set(elements.map(({ client }) => client)).size,
          databases: databases.length,
        };
      });
      assertEquals(seen, { different: true, defined: true, clients: 1, databases: 1 });
      assertEquals(warnings, [
        "<sync-status> is already defined on this page: the script is included more than once.",
      ]);
      assertEquals(posts, [endpoint], "one exchange for both elements");
    });
  } finally {
    await site.stop();
  }
});
