// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import { startEmbedSite } from "./embed_site.ts";
import { withWorld } from "./harness/world.ts";

const script = `<script type="module" src="/sync-status.js"></script>`;
const element = `<sync-status endpoint="/api/sync/v2"></sync-status>`;
const token = `document.querySelector("sync-status").getToken = () => globalThis.jwt;`;

/** Bodies of a page in every order that its parts can come in; `globalThis.jwt` is the token. */
const orders: Record<string, string> = {
  "script, element, token in a module": `${script}${element}<script type="module">${token}</script>`,
  "element, token, script": `${element}<script>${token}</script>${script}`,
  "element, script, token in a module": `${element}${script}<script type="module">${token}</script>`,
  "token in a module before the script": `${element}<script type="module">${token}</script>${script}`,
  "script that loads whenever it does": `<script async type="module" src="/sync-status.js"></script>${element}
    <script>${token}</script>`,
  "script long after element and token": `${element}<script>${token}
    addEventListener("load", () => setTimeout(() => import("/sync-status.js"), 50));</script>`,
  "token long after the element has asked in vain": `${script}${element}<script type="module">
    const signIn = ({ detail }) => {
      if (detail.state !== "auth") return;
      document.removeEventListener("sync-status-change", signIn);
      setTimeout(() => { ${token} }, 300);
    };
    document.addEventListener("sync-status-change", signIn);</script>`,
  "element made after the script, token before it is on the page": `${script}<script type="module">
    const made = document.createElement("sync-status");
    made.endpoint = "/api/sync/v2";
    made.getToken = () => globalThis.jwt;
    document.body.append(made);</script>`,
  "element on the page first, endpoint and token later": `${script}<script type="module">
    const made = document.createElement("sync-status");
    document.body.append(made);
    await made.updateComplete;
    made.setAttribute("endpoint", "/api/sync/v2");
    made.getToken = () => globalThis.jwt;</script>`,
  "token by an event, no property at all": `<script>
    addEventListener("sync-token-request", (event) => event.respondWith(globalThis.jwt));</script>${script}${element}`,
};

Deno.test("the tag works in every order of script, element and token", async () => {
  const site = startEmbedSite();
  try {
    await withWorld(async ({ device, server }) => {
      site.upstream = server.origin;
      const { context } = await device();
      const labels: Record<string, string> = {};
      await Promise.all(
        Object.entries(orders).map(async ([name, body], number) => {
          // A person for each page: their exchanges must not help each other.
          const jwt = JSON.stringify(await server.token(`order-${number}`));
          site.pages[`/${number}`] = {
            html: `<!doctype html><html lang="en"><title>Site</title><link rel="icon" href="data:,">
            <script>globalThis.jwt = ${jwt};</script><body>${body}`,
          };
          const page = await context.newPage();
          await page.goto(`${site.origin}/${number}`);
          const label = page.locator("sync-status .label", { hasText: "All changes saved" });
          labels[name] = await label.waitFor({ timeout: 15_000 }).then(
            () => "All changes saved",
            () => page.locator("sync-status").evaluate((node) => node.shadowRoot?.textContent ?? "undefined"),
          );
        }),
      );
      const expected = Object.keys(orders).map((name) => [name, "All changes saved"]);
      assertEquals(labels, Object.fromEntries(expected));
    });
  } finally {
    await site.stop();
  }
});
