/**
 * Lazy chunks of a bundle. A module like `client/load_network.ts` exports one function that imports the chunk's
 * entry; in a bundle the plugin puts in its place the same function over the built chunk's address, relative
 * to the bundle. After a failure the next try has another address, since some browsers remember that an import
 * failed.
 */
import type { Plugin } from "esbuild";

/** A chunk that has been built. */
export interface LazyChunk {
  /** The module that loads it, from the repository's root, e.g. `client/load_network.ts`. */
  loader: string;
  /** The function that the loader exports. */
  exportName: string;
  /** The chunk's address from the bundle, e.g. `./assets/sync-network-1a2b3c4d.js`. */
  address: string;
}

/** An esbuild plugin that replaces the loaders of `chunks`; `root` is the repository's. */
export function lazyChunkPlugin(root: string, chunks: readonly LazyChunk[]): Plugin {
  return {
    name: "lazy-chunk",
    setup(build) {
      for (const { loader, exportName, address } of chunks) {
        const filter = new RegExp(`${loader.replaceAll(".", "\\.")}$`);
        build.onLoad({ filter }, ({ path }) => {
          if (path !== `${root}/${loader}`) return null;
          const contents = `let tries = 0;
            export const ${exportName} = () =>
              import(new URL(${
            JSON.stringify(address)
          } + (tries++ ? "?" + tries : ""), import.meta.url).href);`;
          return { contents, loader: "js" };
        });
      }
    },
  };
}
