// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
import { type EmbedSite, plainPage, siteScript, startEmbedSite } from "./embed_site.ts";
import { withWorld, type World } from "./harness/world.ts";

/** The policy that WIDGET pages must be able to have: everything from the site itself, nothing inline. */
const strictPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:";

async function withSite(test: (world: World, site: EmbedSite) => Promise<void>): Promise<void> {
  const site = startEmbedSite();
  try {
    await withWorld(async (world) => {
      site.pages["/site.js"] = siteScript(await world.server.token("clara"));
      await test(world, site);
    }, { serverEnv: { ALLOWED_ORIGINS: site.origin } });
  } finally {
    await site.stop();
  }
}

const label = (page: Page, text: string) =>
  page.locator("sync-status .label", { hasText: text }).first().waitFor();

/** Writes a record on the page's element and waits until it is on the server. */
async function useElement(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await customElements.whenDefined("sync-status");
    await document.querySelector("sync-status")!.client!.create("goal", {
      id: "one",
      title: "Clair de Lune",
    });
  });
  await label(page, "All changes saved");
}

Deno.test("a plain page of another origin syncs with two tags, under a policy that names the service", () =>
  withSite(async ({ device, server }, site) => {
    site.pages["/"] = {
      html: plainPage(`${server.origin}/sync-status.js`, server.endpoint),
      headers: {
        "Content-Security-Policy":
          `default-src 'none'; script-src 'self' ${server.origin}; connect-src ${server.origin}; img-src data:`,
      },
    };
    const mine = await device();
    const page = await mine.openTab(`${site.origin}/`);
    await useElement(page);
    await page.locator("sync-status button[part=button]").click();
    await page.locator("sync-status time", { hasText: "Last synced" }).waitFor();
    assertEquals(mine.consoleErrors, []);
  }));

Deno.test("under a strict policy and Trusted Types everything works: panel, sections, another language", () =>
  withSite(async ({ device, server }, site) => {
    site.upstream = server.origin;
    site.pages["/"] = {
      html: plainPage("/sync-status.js", `${site.origin}/api/sync/v2`),
      headers: {
        "Content-Security-Policy":
          `${strictPolicy}; require-trusted-types-for 'script'; trusted-types lit-html`,
      },
    };
    const mine = await device();
    const page = await mine.openTab(`${site.origin}/`);
    await useElement(page);
    await page.evaluate(() => document.documentElement.lang = "de");
    await label(page, "Alle Änderungen gespeichert");
    await page.locator("sync-status button[part=button]").click();
    await page.locator("sync-status summary", { hasText: "Geräte" }).click();
    await page.locator("sync-status .devices li").waitFor();
    assertEquals(mine.consoleErrors, []);
  }));

Deno.test("where Trusted Types keep the templates out, saving and the label go on without the panel's lists", () =>
  withSite(async ({ device, server }, site) => {
    site.upstream = server.origin;
    site.pages["/"] = {
      html: plainPage("/sync-status.js", `${site.origin}/api/sync/v2`),
      headers: {
        "Content-Security-Policy":
          `${strictPolicy}; require-trusted-types-for 'script'; trusted-types 'none'`,
      },
    };
    const page = await (await device()).openTab(`${site.origin}/`);
    await useElement(page);
    await page.locator("sync-status button[part=button]").click();
    await page.locator("sync-status #panel", { hasText: "All changes saved" }).waitFor();
  }));

Deno.test("hostile styles of the page do not hide, recolour or unplace it", () =>
  withSite(async ({ device, server }, site) => {
    site.upstream = server.origin;
    const css = `* { color: #fefefe !important; margin: 40px !important; float: left !important; }
      button, [popover], dialog, svg, h2 { display: none !important; transform: rotate(9deg) !important }
      :root { color-scheme: light }`;
    site.pages["/"] = {
      html: plainPage("/sync-status.js", `${site.origin}/api/sync/v2`, { head: `<style>${css}</style>` }),
    };
    const page = await (await device()).openTab(`${site.origin}/`);
    await useElement(page);
    await page.locator("sync-status button[part=button]").click();
    await page.locator("sync-status h2").waitFor();
    const seen = await page.evaluate(() => {
      const root = document.querySelector("sync-status")!.shadowRoot!;
      const style = (selector: string) => getComputedStyle(root.querySelector(selector)!);
      const box = root.querySelector("#panel")!.getBoundingClientRect();
      return {
        button: style("button").color,
        panel: style("h2").color,
        inside: box.left >= 0 && box.right <= innerWidth,
        below: box.top >= root.querySelector("button")!.getBoundingClientRect().bottom,
      };
    });
    assertEquals(seen, { button: "rgb(34, 38, 42)", panel: "rgb(34, 38, 42)", inside: true, below: true });
  }));

Deno.test("inside a modal dialog the panel opens above it, and Escape closes one at a time", () =>
  withSite(async ({ device, server }, site) => {
    site.upstream = server.origin;
    site.pages["/"] = {
      html: `<!doctype html><html lang="en"><title>Site</title><link rel="icon" href="data:,">
        <script type="module" src="/site.js"></script><script type="module" src="/sync-status.js"></script>
        <dialog><p>Settings</p><sync-status endpoint="${site.origin}/api/sync/v2"></sync-status></dialog>`,
    };
    const page = await (await device()).openTab(`${site.origin}/`);
    await page.evaluate(() => document.querySelector("dialog")!.showModal());
    await useElement(page);
    await page.locator("sync-status button[part=button]").click();
    await page.locator("sync-status h2").click();
    const open = () =>
      page.evaluate(() => {
        const dialog = document.querySelector("dialog")!;
        const panel = dialog.querySelector("sync-status")!.shadowRoot!.querySelector("#panel")!;
        return [dialog.open, panel.matches(":popover-open")];
      });
    assertEquals(await open(), [true, true]);
    await page.keyboard.press("Escape");
    assertEquals(await open(), [true, false]);
    await page.keyboard.press("Escape");
    assertEquals(await open(), [false, false]);
  }));

Deno.test("removed, put back and moved with moveBefore it keeps its client and goes on showing the truth", () =>
  withSite(async ({ device, server }, site) => {
    site.upstream = server.origin;
    site.pages["/"] = {
      html: plainPage("/sync-status.js", `${site.origin}/api/sync/v2`, {
        body: "<main></main><aside></aside>",
      }),
    };
    const page = await (await device()).openTab(`${site.origin}/`);
    await useElement(page);
    const same = await page.evaluate(async () => {
      const element = document.querySelector("sync-status")!;
      const { client } = element;
      const [main, aside] = [document.querySelector("main")!, document.querySelector("aside")!];
      main.append(element);
      element.remove();
      aside.append(element);
      const { moveBefore } = main as unknown as { moveBefore(node: Node, before: Node | null): void };
      moveBefore.call(main, element, null);
      await client!.pause();
      await client!.update("goal", "one", { title: "Arabesque" });
      await client!.resume();
      return element.client === client && element.parentNode === main;
    });
    assertEquals(same, true);
    await label(page, "All changes saved");
    const title = () => document.querySelector("sync-status")!.client!.get("goal", "one")!.title;
    assertEquals(await page.evaluate(title), "Arabesque");
  }));

Deno.test("a browser without custom elements still gets the engine", () =>
  withSite(async ({ device }) => {
    const page = await (await device()).openBlankTab();
    const kinds = await page.evaluate(async () => {
      Object.defineProperty(globalThis, "customElements", { value: undefined });
      const bundle = await import(String("/sync-status.js"));
      return [typeof bundle.createSyncClient, typeof bundle.SyncStatusElement];
    });
    assertEquals(kinds, ["function", "function"]);
  }));

Deno.test("a server that renders pages can import the bundle, in Node and in Deno", async () => {
  const code = `const { createSyncClient } = await import(${
    JSON.stringify(new URL("../../dist/sync-status.js", import.meta.url))
  }); console.log(typeof createSyncClient, typeof globalThis.HTMLElement);`;
  const runs = { node: ["--input-type=module", "-e", code], [Deno.execPath()]: ["eval", code] };
  for (const [program, args] of Object.entries(runs)) {
    const { stdout, stderr } = await new Deno.Command(program, { args }).output();
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stdout).trim(), "function undefined", decoder.decode(stderr));
  }
});
