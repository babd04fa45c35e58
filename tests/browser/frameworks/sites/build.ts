/**
 * Builds one site: its framework's own compiler, then esbuild. Writes `browser.js`, and `server.js` where the
 * site can be rendered by a server. Development builds: the frameworks' warnings are part of what is tested.
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
/** Entries by site; the first is the browser's. */
const entries: Readonly<Record<string, readonly string[]>> = {
  react: ["browser.tsx", "server.tsx"],
  vue: ["browser.ts", "server.ts"],
  svelte: ["browser.ts", "server.ts"],
  angular: ["browser.ts"],
};

const [site = "", folder = ""] = Deno.args;
const targets: readonly Target[] = ["browser", "server"];
for (const [index, entry] of (entries[site] ?? []).entries()) {
  const target = targets[index]!;
  await esbuild.build({
    absWorkingDir: import.meta.dirname!,
    entryPoints: [`${site}/${entry}`],
    outfile: `${folder}/${target}.js`,
    bundle: true,
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
