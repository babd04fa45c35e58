/**
 * Builds what a browser loads, into `dist/`: the widget's bundle, the engine's bundle, the chunks that they
 * load later, and the demo. Everything is minified and has a source map; chunks have a hash in their name.
 * `dist/build.json` keeps the hash of the sources and what each source adds to each output; the first makes a
 * second build free, the second is what the budget reads.
 */
import * as esbuild from "esbuild";
import { minify } from "terser";
import { type ImportMap, importMapPlugin } from "./import_map_plugin.ts";
import { type LazyChunk, lazyChunkPlugin } from "./lazy_chunk_plugin.ts";
import { repositoryRoot } from "./repository_root.ts";
import { listFiles, sourceHash } from "./source_hash.ts";

/** What `dist/build.json` says. */
export interface BuildRecord {
  sourceHash: string;
  /** By output file (`sync-status.js`), then by source: minified bytes. Packages are in it by their files. */
  bytesBySource: Record<string, Record<string, number>>;
}

/** Options of {@linkcode buildClient}. */
export interface BuildOptions {
  /** Repository to build; default: this one. */
  root?: string;
  /** Build although nothing changed. Default false. */
  force?: boolean;
}

const widgetEntry = "client/widget/sync_status_bundle.ts";
/** Stands for `HTMLElement` in the widget's bundle, which servers import too. */
const elementBase = "client/widget/element_base.ts";
/** Bundles by output file. */
const entries: Readonly<Record<string, string>> = {
  "sync-status.js": widgetEntry,
  "sync-engine.js": "client/sync_engine_bundle.ts",
  "sync-worker.js": "client/worker/sync_worker.ts",
  "demo/demo.js": "client/demo/demo.ts",
  "demo/gallery.js": "client/demo/gallery.ts",
};
/** Bundles that carry their chunks: a service worker may not import anything later. */
const wholeBundles: readonly string[] = ["sync-worker.js"];
/** What those never do, since nobody can ask it of them: taking over a page's localStorage. */
const leftOut: esbuild.Plugin = {
  name: "left-out",
  setup(build) {
    const contents = "export const loadMigration = () => Promise.reject();";
    build.onLoad({ filter: /\/client\/network\/load_migration\.ts$/ }, () => ({ contents, loader: "js" }));
  },
};
/** A chunk: loaded later by a module of its own, or (without one) imported by other chunks. */
export interface ChunkSource {
  entry: string;
  /** The module that loads it, and the function which that exports. */
  loader?: string;
  exportName?: string;
  /** Where one loader has several chunks: the argument that asks for this one. */
  choice?: string;
}
/** The widget's languages, one chunk each. */
const languageChunks = Object.fromEntries(
  ["de", "fr", "es", "ja", "ar"].map((choice) => [`sync-language-${choice}`, {
    entry: `client/widget/languages/${choice}.ts`,
    loader: "client/widget/load_language.ts",
    exportName: "loadLanguage",
    choice,
  }]),
);
/** What bundles load later, by name; a chunk may use those before it. */
export const lazyChunks: Readonly<Record<string, ChunkSource>> = {
  "sync-migration": {
    entry: "client/network/migrate_local_storage.ts",
    loader: "client/network/load_migration.ts",
    exportName: "loadMigration",
  },
  "sync-network": {
    entry: "client/network/mod.ts",
    loader: "client/load_network.ts",
    exportName: "loadNetwork",
  },
  "sync-templates": { entry: "client/widget/templates.ts" },
  "sync-review": {
    entry: "client/widget/review/reviewer.ts",
    loader: "client/widget/load_review.ts",
    exportName: "loadReview",
  },
  "sync-panel": {
    entry: "client/widget/panel/panel.ts",
    loader: "client/widget/load_panel.ts",
    exportName: "loadPanel",
  },
  "sync-bindings": {
    entry: "client/widget/bind/bindings.ts",
    loader: "client/widget/load_bindings.ts",
    exportName: "loadBindings",
  },
  ...languageChunks,
};
/** Everything a build depends on, the build's own modules among it. */
export const buildSources: readonly string[] = [
  "client",
  "shared",
  "deno.json",
  "deno.lock",
  "scripts/build_client.ts",
  "scripts/import_map_plugin.ts",
  "scripts/lazy_chunk_plugin.ts",
  "scripts/repository_root.ts",
  "scripts/source_hash.ts",
];
/** Served by the same server: the demo loads them at run time like any other page would. */
const servedModules = ["/sync-status.js", "/sync-engine.js"];
const recordFile = "dist/build.json";

/** Builds the client unless `dist/` is up to date. Rejects with what is missing or wrong. */
export async function buildClient(options: BuildOptions = {}): Promise<void> {
  const root = options.root ?? repositoryRoot();
  const hash = await sourceHash(buildSources.map((source) => `${root}/${source}`));
  const last = options.force ? null : await readBuildRecord(root);
  if (last?.sourceHash === hash && await isComplete(root, last)) return;
  await assertEntriesExist(root);
  const bytesBySource: BuildRecord["bytesBySource"] = {};
  try {
    const chunks = await buildChunks(root, bytesBySource);
    for (const [output, entry] of Object.entries(entries)) {
      const later = wholeBundles.includes(output) ? [] : chunks;
      bytesBySource[output] = await bundle(root, entry, output, later);
    }
  } finally {
    await esbuild.stop();
  }
  await copyDemoFiles(root);
  // Written last: a build that was cut short has no record and is done again.
  const record: BuildRecord = { sourceHash: hash, bytesBySource };
  await Deno.writeTextFile(`${root}/${recordFile}`, JSON.stringify(record, null, 2));
}

/** The record of the last complete build, or null. */
export async function readBuildRecord(root: string): Promise<BuildRecord | null> {
  try {
    return JSON.parse(await Deno.readTextFile(`${root}/${recordFile}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Builds the chunks under names with a hash of their content, so that they may be cached for ever. */
async function buildChunks(root: string, bytesBySource: BuildRecord["bytesBySource"]): Promise<LazyChunk[]> {
  await Deno.remove(`${root}/dist/assets`, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const chunks: LazyChunk[] = [];
  for (const [name, source] of Object.entries(lazyChunks)) {
    const plain = `assets/${name}.js`;
    const weights = await bundle(root, source.entry, plain, chunks);
    const file = `${root}/dist/${plain}`;
    const code = await Deno.readTextFile(file);
    const hash = await contentHash(code);
    const output = `assets/${name}-${hash}.js`;
    const mapped = code.replace(`${name}.js.map`, `${name}-${hash}.js.map`);
    await Deno.writeTextFile(`${root}/dist/${output}`, mapped);
    await Deno.rename(`${file}.map`, `${root}/dist/${output}.map`);
    await Deno.remove(file);
    bytesBySource[output] = weights;
    chunks.push({ ...source, file: output });
  }
  return chunks;
}

/** Minifies once more: terser looks further than esbuild and saves another 4 % of the compressed bundle. */
async function squeeze(file: string): Promise<void> {
  const map = await Deno.readTextFile(`${file}.map`);
  const name = file.slice(file.lastIndexOf("/") + 1);
  const { code, map: squeezedMap } = await minify(await Deno.readTextFile(file), {
    module: true,
    ecma: 2020,
    compress: { passes: 3, unsafe_arrows: true, keep_fargs: false },
    format: { comments: false },
    sourceMap: { content: map, url: `${name}.map` },
  });
  if (code === undefined || typeof squeezedMap !== "string") throw new Error(`Cannot minify ${name}`);
  await Deno.writeTextFile(file, code);
  await Deno.writeTextFile(`${file}.map`, squeezedMap);
}

async function contentHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).slice(0, 5).toHex();
}

/** Bundles one entry; resolves to what each source adds, in bytes. */
async function bundle(
  root: string,
  entry: string,
  output: string,
  chunks: readonly LazyChunk[],
): Promise<Record<string, number>> {
  const config: { imports: ImportMap } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: `dist/${output}`,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // Fields are assigned, not defined: no accessor of ours is shadowed either way, and every class is shorter.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    minify: true,
    sourcemap: true,
    sourcesContent: true,
    legalComments: "none",
    metafile: true,
    external: servedModules,
    inject: entry === widgetEntry ? [elementBase] : [],
    plugins: [
      ...(wholeBundles.includes(output) ? [leftOut] : []),
      lazyChunkPlugin(root, output, chunks),
      importMapPlugin(config.imports),
    ],
    logLevel: "silent",
  }).catch((error: Error) => {
    throw new Error(`Cannot build dist/${output} from ${entry}: ${error.message}`);
  });
  await squeeze(`${root}/dist/${output}`);
  const inputs = result.metafile.outputs[`dist/${output}`]?.inputs ?? {};
  return Object.fromEntries(Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput]));
}

/** The npm packages among the sources of a bundle, sorted. */
export function packagesOf(sources: Readonly<Record<string, number>>): string[] {
  return [...new Set(Object.keys(sources).flatMap((path) => packageOf(path) ?? []))].sort();
}

/** The npm package that a file below `node_modules` belongs to, or null for our own sources. */
export function packageOf(path: string): string | null {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? null;
}

async function assertEntriesExist(root: string): Promise<void> {
  for (const [output, entry] of Object.entries(entries)) {
    if ((await listFiles(`${root}/${entry}`)).length === 0) {
      throw new Error(`Cannot build dist/${output}: its entry ${entry} does not exist`);
    }
  }
}

async function isComplete(root: string, record: BuildRecord): Promise<boolean> {
  const built = new Set(await listFiles(`${root}/dist`));
  return Object.keys(record.bytesBySource).every((output) => built.has(`${root}/dist/${output}`));
}

/** Everything of the demo that is no source: pages, styles, pictures, data. */
async function copyDemoFiles(root: string): Promise<void> {
  const from = `${root}/client/demo`;
  for (const file of await listFiles(from)) {
    if (/\.(ts|md)$/.test(file)) continue;
    const target = `${root}/dist/demo${file.slice(from.length)}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(file, target);
  }
}

if (import.meta.main) {
  try {
    await buildClient({ force: true });
    console.log("Built dist/");
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
