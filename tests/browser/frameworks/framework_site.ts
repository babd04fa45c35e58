/**
 * A site written in a framework, as a test drives it: built by the framework's own compiler, served on an
 * origin of its own, with `<sync-status>` from the sync server's. All sites show the same things by the same
 * ids, so that one walk serves them all.
 */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright";
// Types only, also for `HTMLElementTagNameMap`.
import type { SyncStatusElement } from "../../../client/widget/sync_status.ts";
import { type EmbedSite, startEmbedSite } from "../embed_site.ts";
import { withWorld, type World } from "../harness/world.ts";

const sites = `${import.meta.dirname}/sites`;

/** How a page of the site is opened. */
export interface PageOptions {
  user: string;
  /** How the page tells the element who is signed in. */
  binding: "event" | "property" | "ref";
  /** Whether the element is defined before the framework renders, or only when everything stands. */
  script: "before" | "after";
  /** Which script of the site it is; default `browser.js`. */
  app?: string;
  /** What a server has rendered. */
  html?: string;
}

/** A built and served site. */
export interface FrameworkSite extends World {
  /** Opens the page on a new device. The test fails if it warns of anything. */
  open(options: PageOptions): Promise<Page>;
  /** What a server sends, rendered in Node and in Deno; they must agree. */
  render(): Promise<string>;
}

/** Runs `test` on the site of `framework` (a folder of `sites/`). Fails also if a page of it has warned. */
export async function withFramework(
  framework: string,
  test: (site: FrameworkSite) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sync_framework_" });
  const site = startEmbedSite();
  try {
    await run(Deno.execPath(), ["run", "-A", "build.ts", framework, folder]);
    for await (const { name } of Deno.readDir(folder)) {
      const html = await Deno.readTextFile(`${folder}/${name}`);
      site.pages[`/${name}`] = { html, headers: { "Content-Type": "text/javascript" } };
    }
    await withWorld(async (world) => {
      const warnings = new Set<string>();
      await test({
        ...world,
        open: (options) => open(world, site, options, warnings),
        async render() {
          const env = { SYNC_ENDPOINT: world.server.endpoint };
          const file = `${folder}/server.js`;
          const node = await run("node", [file], env);
          assertEquals(await run(Deno.execPath(), ["run", "-A", file], env), node);
          return node;
        },
      });
      assertEquals([...warnings], [], "warnings of the framework or the element");
    }, { serverEnv: { ALLOWED_ORIGINS: site.origin } });
  } finally {
    await site.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function open(
  { server, device }: World,
  site: EmbedSite,
  { user, binding, script, app = "browser.js", html = "" }: PageOptions,
  warnings: Set<string>,
): Promise<Page> {
  const element = `${server.origin}/sync-status.js`;
  const token = await server.token(user);
  site.pages["/"] = {
    html: `<!doctype html><html lang="en"><head><title>Goals</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: { tenuto: element } })}</script>
${script === "before" ? `<script type="module" src="${element}"></script>` : ""}
<script type="module" src="/${app}"></script></head>
<body data-endpoint="${server.endpoint}" data-token="${token}" data-binding="${binding}">
<div id="root">${html}</div></body></html>`,
  };
  const mine = await device();
  mine.context.on("console", (message) => {
    if (/warning|error/.test(message.type())) warnings.add(message.text());
  });
  const page = await mine.openTab(`${site.origin}/`);
  if (script === "after") {
    await page.locator("main sync-status:not(:defined)").waitFor({ state: "attached" });
    await page.evaluate((src) => void import(src), element);
  }
  return page;
}

/** Resolves when the element says that everything is saved: it is upgraded, signed in and has synced. */
export const saved = (page: Page): Promise<void> =>
  page.locator("sync-status .label", { hasText: "All changes saved" }).waitFor();

/** Adds a goal on the page, once it has synced, and waits until the server has it. */
export async function addGoal(page: Page, title: string): Promise<void> {
  await saved(page);
  await page.locator("#add").click();
  await page.locator("li", { hasText: title }).waitFor();
  await sync(page);
  await saved(page);
}

/**
 * Everything that a site does with the element: an edit goes to the server, another device's comes back into
 * the framework's list, the status comes as an event, the element goes and comes back with the same client.
 */
export async function walk(page: Page, other: Page): Promise<void> {
  await addGoal(page, "Goal 1");
  await page.locator("output", { hasText: "synced" }).waitFor();
  await saved(other);
  await sync(other);
  await other.locator("li", { hasText: "Goal 1" }).waitFor();
  await addGoal(other, "Goal 2");
  await sync(page);
  await page.locator("li", { hasText: "Goal 2" }).waitFor();

  const client = await page.evaluateHandle(() => document.querySelector("sync-status")!.client!);
  await page.locator("#toggle").click();
  await page.locator("sync-status").waitFor({ state: "detached" });
  await page.locator("#add").click();
  await page.locator("li", { hasText: "Goal 3" }).waitFor();
  await page.locator("#toggle").click();
  await page.locator("sync-status").waitFor();
  // Faster than anything can settle.
  for (let times = 0; times < 6; times++) await page.locator("#toggle").click();
  const isSame = await page.locator("sync-status").evaluate(
    (element, client) => (element as SyncStatusElement).client === client,
    client,
  );
  assertEquals(isSame, true, "one client for the page");
  await sync(page);
  await saved(page);
  await sync(other);
  await other.locator("li", { hasText: "Goal 3" }).waitFor();
}

const sync = (page: Page) => page.evaluate(() => document.querySelector("sync-status")!.sync());

/** Checks the types of all sites; rejects with what the compiler says. */
export async function checkTypes(): Promise<void> {
  await run(Deno.execPath(), ["check", "."]);
}

async function run(program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const command = new Deno.Command(program, { args, env: { ...env, NO_COLOR: "1" }, cwd: sites });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} failed:\n${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
