/**
 * Lets esbuild resolve our sources as Deno does: a bare name must stand in deno.json's `imports`, and means
 * the npm package that it names there. An import that Deno would not resolve must not reach a bundle either.
 */
import type { Plugin } from "esbuild";

/** deno.json's `imports`. */
export type ImportMap = Readonly<Record<string, string>>;

/**
 * The npm name that `specifier` stands for, e.g. `lit/decorators.js` for itself when `"lit/"` is mapped to
 * `npm:/lit@3.3.3/`; null if the map does not know it or maps it to something other than npm.
 */
export function npmName(imports: ImportMap, specifier: string): string | null {
  const exact = imports[specifier];
  if (exact !== undefined) return withoutVersion(exact);
  const prefix = Object.keys(imports)
    .filter((key) => key.endsWith("/") && specifier.startsWith(key))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return null;
  return withoutVersion(`${imports[prefix]}${specifier.slice(prefix.length)}`);
}

/** An esbuild plugin over the given import map. */
export function importMapPlugin(imports: ImportMap): Plugin {
  return {
    name: "import-map",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async (args) => {
        // Packages resolve their own dependencies; an entry point is a path; the second round is ours.
        if (args.pluginData === "mapped" || args.kind === "entry-point") return null;
        if (args.importer.includes("/node_modules/")) return null;
        const name = npmName(imports, args.path);
        if (name === null) return { errors: [{ text: `"${args.path}" is not in the imports of deno.json` }] };
        const { importer, kind, resolveDir } = args;
        return await build.resolve(name, { importer, kind, resolveDir, pluginData: "mapped" });
      });
    },
  };
}

function withoutVersion(target: string): string | null {
  const match = /^npm:\/?((?:@[^/]+\/)?[^@/]+)(?:@[^/]+)?(\/.*)?$/.exec(target);
  return match ? `${match[1]}${match[2] ?? ""}` : null;
}
