/** Compiles `.vue` files by Vue's own compiler. */
import type { Plugin } from "esbuild";
import { compileScript, parse } from "vue/compiler-sfc";

/** What a site's bundler settings need to say: the tag is no Vue component. */
const tags = { isCustomElement: (tag: string) => tag === "sync-status" };

/** An esbuild plugin; `target` decides whether templates render nodes or text. */
export function compileVue(target: "browser" | "server"): Plugin {
  return {
    name: "vue",
    setup(build) {
      build.onLoad({ filter: /\.vue$/ }, async ({ path }) => {
        const source = await Deno.readTextFile(path);
        const { descriptor, errors } = parse(source, { filename: path, templateParseOptions: tags });
        if (errors.length > 0) return { errors: errors.map(({ message }) => ({ text: message })) };
        const { content } = compileScript(descriptor, {
          id: "app",
          inlineTemplate: true,
          templateOptions: { ssr: target === "server", ssrCssVars: [], compilerOptions: tags },
        });
        return { contents: content, loader: "ts" };
      });
    },
  };
}
