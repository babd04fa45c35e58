/**
 * Builds one site: its framework's own compiler, then esbuild. Writes `browser.js`, `server.js` where the site
 * can be rendered by a server, and other pages of it under their names. `/sync-status.js` stays outside, as
 * `tenuto` in the page's import map. Development builds: the frameworks' warnings are part of what is tested.
 *
 *     deno run -A build.ts react <folder>
 */
import * as esbuild from "esbuild";
import { compileSvelte } from "./svelte/compile.ts";
import { compileVue } from "./vue/compile.ts";

type Target = "browser" | "server";

/** Compilers of what esbuild cannot read. */
const plugins: Readonly<Record<string, (target: Target) => esbuild.Plugin[]>> = {
  react: () => [],
  vue: (target) => [compileVue(target)],
  svelte: (target) => [compileSvelte(target)],
  angular: () => [],
};
/** Entries by site. */
const entries: Readonly<Record<string, readonly string[]>> = {
  react: ["browser.tsx", "server.tsx", "own_client.tsx"],
  vue: ["browser.ts", "server.ts"],
  svelte: ["browser.ts", "server.ts"],
  angular: ["browser.ts"],
};

const [site = "", folder = ""] = Deno.args;
for (const entry of entries[site] ?? []) {
  const name = entry.slice(0, entry.lastIndexOf("."));
  const target: Target = name === "server" ? "server" : "browser";
  await esbuild.build({
    absWorkingDir: import.meta.dirname!,
    entryPoints: [`${site}/${entry}`],
    outfile: `${folder}/${name}.js`,
    bundle: true,
    external: ["tenuto"],
    format: "esm",
    target: "es2022",
    platform: target === "server" ? "node" : "browser",
    // `createRequire` lets CommonJS packages ask for Node's modules from an ES module.
    banner: target === "server"
      ? { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' }
      : {},
    conditions: ["development"],
    jsx: "automatic",
    jsxDev: true,
    define: {
      "process.env.NODE_ENV": '"development"',
      __VUE_OPTIONS_API__: "false",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
    },
    plugins: plugins[site]!(target),
    logLevel: "warning",
  });
}
await esbuild.stop();
