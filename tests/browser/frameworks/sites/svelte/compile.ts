/** Compiles `.svelte` files by Svelte's own compiler. */
import type { Plugin } from "esbuild";
import { compile } from "svelte/compiler";

/** An esbuild plugin; what the compiler warns of is an error here. */
export function compileSvelte(target: "browser" | "server"): Plugin {
  return {
    name: "svelte",
    setup(build) {
      build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
        const source = await Deno.readTextFile(path);
        const generate = target === "server" ? "server" : "client";
        const { js, warnings } = compile(source, { filename: path, generate, dev: true });
        if (warnings.length > 0) return { errors: warnings.map(({ message }) => ({ text: message })) };
        return { contents: js.code, loader: "js" };
      });
    },
  };
}
