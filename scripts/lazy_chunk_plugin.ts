/**
 * Lazy chunks of a bundle. A module like `client/load_network.ts` exports one function that imports the chunk's
 * entry; in a bundle the plugin puts in its place the same function over the built chunk's address, relative
 * to the bundle. After a failure the next try has another address, since some browsers remember that an import
 * failed. One loader may choose among several chunks by its argument. A chunk without a loader is imported by
 * other chunks as it is, so that what they share is downloaded once.
 */
import { resolve } from "node:path";
import type { Plugin } from "esbuild";

/** A chunk that has been built. */
export interface LazyChunk {
  /** Its module, from the repository's root. */
  entry: string;
  /** The module that loads it, from the repository's root, e.g. `client/load_network.ts`. */
  loader?: string;
  /** The function that the loader exports. */
  exportName?: string;
  /** The argument of that function that asks for this chunk, where there are several. */
  choice?: string;
  /** The built file below `dist/`, e.g. `assets/sync-network-1a2b3c4d.js`. */
  file: string;
}

/** An esbuild plugin for the bundle `output` (below `dist/`); `root` is the repository's. */
export function lazyChunkPlugin(root: string, output: string, chunks: readonly LazyChunk[]): Plugin {
  const address = (file: string) => output.includes("/") ? `../${file}` : `./${file}`;
  return {
    name: "lazy-chunk",
    setup(build) {
      for (const loader of new Set(chunks.map((chunk) => chunk.loader))) {
        if (loader === undefined) continue;
        const loaded = chunks.filter((chunk) => chunk.loader === loader);
        build.onLoad({ filter: exactly(loader) }, ({ path }) => {
          if (path !== `${root}/${loader}`) return null;
          const addresses = loaded.map(({ choice = "", file }) => [choice, address(file)]);
          return {
            contents: loaderSource(loaded[0]!.exportName!, Object.fromEntries(addresses)),
            loader: "js",
          };
        });
      }
      for (const { entry, file } of chunks.filter((chunk) => chunk.loader === undefined)) {
        const name = entry.slice(entry.lastIndexOf("/") + 1);
        build.onResolve({ filter: exactly(name) }, ({ path, resolveDir, kind }) => {
          if (kind === "entry-point") return null;
          const asked = resolve(resolveDir, path);
          return asked === resolve(root, entry) ? { path: address(file), external: true } : null;
        });
      }
    },
  };
}

function exactly(end: string): RegExp {
  return new RegExp(`${end.replaceAll(".", "\\.")}$`);
}

/** `addresses` by choice; one chunk alone has the choice "". */
function loaderSource(exportName: string, addresses: Readonly<Record<string, string>>): string {
  const only = addresses[""];
  const address = only === undefined ? `${JSON.stringify(addresses)}[choice]` : JSON.stringify(only);
  return `let tries = 0;
    export const ${exportName} = (${only === undefined ? "choice" : ""}) =>
      import(new URL(${address} + (tries++ ? "?" + tries : ""), import.meta.url).href);`;
}
