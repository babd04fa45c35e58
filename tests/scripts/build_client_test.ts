import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type BuildOptions,
  buildSources,
  lazyChunks,
  packageOf,
  packagesOf,
  readBuildRecord,
} from "../../scripts/build_client.ts";
import { pathToFileURL } from "node:url";
import { repositoryRoot } from "../../scripts/repository_root.ts";

/** A small repository with the build's entries and this repository's packages. */
async function tinyRepository(files: Record<string, string>): Promise<string> {
  const root = await Deno.makeTempDir({ prefix: "build client 100% ü #" });
  const chunks = Object.values(lazyChunks).map(({ entry }) => [entry, "export {};"]);
  const all: Record<string, string> = {
    ...Object.fromEntries(chunks),
    "deno.json": `{ "imports": { "idb-keyval": "npm:idb-keyval@6.3.0", "zod": "npm:zod@4.6.7" } }`,
    "client/sync_engine_bundle.ts": `export { get } from "idb-keyval";`,
    "client/widget/sync_status_bundle.ts": `export * from "../sync_engine_bundle.ts";`,
    "client/widget/element_base.ts": `export const HTMLElement = class {};`,
    "client/network/mod.ts": `export const half = 2;`,
    "client/worker/sync_worker.ts": `import { loadNetwork } from "../load_network.ts"; loadNetwork();`,
    "client/widget/load_panel.ts": `export const loadPanel = () => import("./panel/panel.ts");`,
    "client/load_network.ts": `export const loadNetwork = () => import("./network/mod.ts");`,
    "client/demo/demo.ts": `document.title = "demo";`,
    "client/demo/gallery.ts": `document.title = "gallery";`,
    "client/demo/demo.html": "<!doctype html>",
    "client/demo/pictures/note.svg": "<svg/>",
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
  await Deno.symlink(`${repositoryRoot()}/node_modules`, `${root}/node_modules`);
  return root;
}

/**
 * `buildClient` in a process of its own: esbuild's `stop()` does not wait for its child to be gone, which the
 * sanitizers rightly call a leak.
 */
async function buildClient(options: BuildOptions): Promise<void> {
  const module = new URL("../../scripts/build_client.ts", import.meta.url);
  const code = `import { buildClient } from ${JSON.stringify(module)};
    try { await buildClient(${
    JSON.stringify(options)
  }); } catch (e) { console.error(e.message); Deno.exit(1); }`;
  const output = await new Deno.Command(Deno.execPath(), { args: ["eval", code], stderr: "piped" }).output();
  if (!output.success) throw new Error(new TextDecoder().decode(output.stderr));
}

async function enginePackages(root: string): Promise<string[]> {
  return packagesOf((await readBuildRecord(root))?.bytesBySource["sync-engine.js"] ?? {});
}

async function withRepository(files: Record<string, string>, use: (root: string) => Promise<void>) {
  const root = await tinyRepository(files);
  try {
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a build writes bundles with source maps and copies the demo's other files", async () => {
  await withRepository({}, async (root) => {
    await buildClient({ root });
    for (const file of ["sync-engine.js", "sync-engine.js.map", "sync-status.js", "demo/demo.js"]) {
      assert((await Deno.stat(`${root}/dist/${file}`)).isFile, file);
    }
    assertEquals(await Deno.readTextFile(`${root}/dist/demo/demo.html`), "<!doctype html>");
    assertEquals(await Deno.readTextFile(`${root}/dist/demo/pictures/note.svg`), "<svg/>");
    await assertRejects(() => Deno.stat(`${root}/dist/demo/demo.ts`), Deno.errors.NotFound);
    assertEquals(await enginePackages(root), ["idb-keyval"]);
  });
});

Deno.test("only a changed source, a missing bundle or force builds again", async () => {
  await withRepository({}, async (root) => {
    const bundle = `${root}/dist/sync-engine.js`;
    const mark = () => Deno.writeTextFile(bundle, "// not built again");
    const isMarked = async () => (await Deno.readTextFile(bundle)) === "// not built again";
    await buildClient({ root });
    await mark();
    await buildClient({ root });
    assert(await isMarked(), "an unchanged tree was built again");
    await buildClient({ root, force: true });
    assert(!await isMarked(), "force did not build");
    await mark();
    await Deno.writeTextFile(`${root}/client/demo/demo.html`, "<!doctype html><title>new</title>");
    await buildClient({ root });
    assert(!await isMarked(), "a changed source was not built");
    await Deno.remove(bundle);
    await buildClient({ root });
    assert((await Deno.stat(bundle)).isFile);
  });
});

Deno.test("whatever module the build itself is made of, a change of it builds again", async () => {
  const modules = new Set(["scripts/build_client.ts"]);
  // A set also gives what is added while it is walked.
  for (const path of modules) {
    const source = await Deno.readTextFile(`${repositoryRoot()}/${path}`);
    for (const [, specifier = ""] of source.matchAll(/\bfrom "(\.{1,2}\/[^"]+)";$/gm)) {
      modules.add(new URL(specifier, `file:///${path}`).pathname.slice(1));
    }
  }
  assert(modules.size > 4, `only ${[...modules]} were found`);
  const isSource = (path: string) =>
    buildSources.some((source) => path === source || path.startsWith(`${source}/`));
  assertEquals([...modules].filter((path) => !isSource(path)), []);
});

Deno.test("a package that comes in through shared sources is in the build's record", async () => {
  const files = {
    "client/sync_engine_bundle.ts": `export * from "../shared/x.ts";`,
    "shared/x.ts": `export * from "zod";`,
  };
  await withRepository(files, async (root) => {
    await buildClient({ root });
    assertEquals(await enginePackages(root), ["zod"]);
  });
});

Deno.test("the chunk that a bundle loads later has its hash in its name; it is loaded, and an old one goes", async () => {
  const files = { "client/sync_engine_bundle.ts": `export { loadNetwork } from "./load_network.ts";` };
  await withRepository(files, async (root) => {
    const chunksOf = () =>
      [...Deno.readDirSync(`${root}/dist/assets`)].map(({ name }) => name).filter((name) =>
        name.startsWith("sync-network")
      )
        .sort();
    const half = async () => {
      const code = `import { loadNetwork } from ${
        JSON.stringify(pathToFileURL(`${root}/dist/sync-engine.js`))
      };
        console.log((await loadNetwork()).half);`;
      const output = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
      return new TextDecoder().decode(output.stdout).trim();
    };
    await buildClient({ root });
    const [first = "", ...others] = chunksOf();
    assertMatch(first, /^sync-network-[0-9a-f]{10}\.js$/);
    assertEquals(others, [`${first}.map`]);
    assertEquals(await half(), "2");
    await Deno.remove(`${root}/dist/assets/${first}`);
    await buildClient({ root });
    assertEquals((chunksOf()).length, 2, "a missing chunk is built again");
    await Deno.writeTextFile(`${root}/client/network/mod.ts`, "export const half = 3;");
    await buildClient({ root });
    const second = chunksOf();
    assertEquals(second.length, 2);
    assert(!second.includes(first));
    assertEquals(await half(), "3");
  });
});

Deno.test("what two chunks share is a chunk that both import, with no copy in either", async () => {
  const files = {
    "client/widget/templates.ts": `export const shared = { words: "only once" };`,
    "client/widget/review/reviewer.ts": `export { shared } from "../templates.ts";`,
    "client/widget/panel/panel.ts": `export { shared } from "../templates.ts";
      export { loadReview } from "../load_review.ts";`,
    "client/widget/load_review.ts": `export const loadReview = () => import("./review/reviewer.ts");`,
  };
  await withRepository(files, async (root) => {
    await buildClient({ root });
    const assets = `${root}/dist/assets`;
    const texts: string[] = [];
    let panel = "";
    for await (const { name } of Deno.readDir(assets)) {
      if (!name.endsWith(".js")) continue;
      if (name.startsWith("sync-panel")) panel = name;
      if ((await Deno.readTextFile(`${assets}/${name}`)).includes("only once")) {
        texts.push(name.slice(0, -14));
      }
    }
    assertEquals(texts, ["sync-templates"]);
    const code = `import { shared, loadReview } from ${JSON.stringify(pathToFileURL(`${assets}/${panel}`))};
      console.log((await loadReview()).shared === shared);`;
    const output = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
    assertEquals(new TextDecoder().decode(output.stdout).trim(), "true");
  });
});

Deno.test("a missing entry is named, and nothing is recorded as built", async () => {
  await withRepository({}, async (root) => {
    await Deno.remove(`${root}/client/demo/demo.ts`);
    const error = await assertRejects(() => buildClient({ root }), Error);
    assertStringIncludes(error.message, "client/demo/demo.ts does not exist");
    assertEquals(await readBuildRecord(root), null);
  });
});

Deno.test("an import that deno.json does not know fails the build and is named", async () => {
  await withRepository({ "client/sync_engine_bundle.ts": `export * from "lit";` }, async (root) => {
    const error = await assertRejects(() => buildClient({ root }), Error);
    assertStringIncludes(error.message, `"lit" is not in the imports of deno.json`);
  });
});

Deno.test("a path below node_modules tells its package, through the store's links too", () => {
  assertEquals(packageOf("node_modules/.deno/lit@3.3.3/node_modules/lit/index.js"), "lit");
  assertEquals(
    packageOf("node_modules/.deno/@lit+reactive-element@2.1.2/node_modules/@lit/reactive-element/a.js"),
    "@lit/reactive-element",
  );
  assertEquals(packageOf("client/mod.ts"), null);
});
