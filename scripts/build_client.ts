/**
 * Builds what a browser loads, into `dist/`: the widget's bundle, the engine's bundle, and the demo. Each
 * bundle stands alone, minified, with a source map. `dist/build.json` keeps the hash of the sources and what
 * each source adds to each bundle; the first makes a second build free, the second is what the budget reads.
 */
import * as esbuild from "esbuild";
import { type ImportMap, importMapPlugin } from "./import_map_plugin.ts";
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

/** Bundles by output file. */
const entries: Readonly<Record<string, string>> = {
  "sync-status.js": "client/widget/sync_status_bundle.ts",
  "sync-engine.js": "client/mod.ts",
  "demo/demo.js": "client/demo/demo.ts",
};
/** Everything a build depends on. */
const sources = ["client", "shared", "deno.json", "deno.lock", "scripts/build_client.ts"];
/** Served by the same server: the demo loads them at run time like any other page would. */
const servedModules = ["/sync-status.js", "/sync-engine.js"];
const recordFile = "dist/build.json";

/** Builds the client unless `dist/` is up to date. Rejects with what is missing or wrong. */
export async function buildClient(options: BuildOptions = {}): Promise<void> {
  const root = options.root ?? repositoryRoot();
  const hash = await sourceHash(sources.map((source) => `${root}/${source}`));
  if (!options.force && (await readBuildRecord(root))?.sourceHash === hash && await isComplete(root)) return;
  await assertEntriesExist(root);
  const bytesBySource: BuildRecord["bytesBySource"] = {};
  try {
    for (const [output, entry] of Object.entries(entries)) {
      bytesBySource[output] = await bundle(root, entry, output);
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

/** Bundles one entry; resolves to what each source adds, in bytes. */
async function bundle(root: string, entry: string, output: string): Promise<Record<string, number>> {
  const config: { imports: ImportMap } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: `dist/${output}`,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    sourcemap: true,
    sourcesContent: true,
    legalComments: "none",
    metafile: true,
    external: servedModules,
    plugins: [importMapPlugin(config.imports)],
    logLevel: "silent",
  }).catch((error: Error) => {
    throw new Error(`Cannot build dist/${output} from ${entry}: ${error.message}`);
  });
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

async function isComplete(root: string): Promise<boolean> {
  const built = new Set(await listFiles(`${root}/dist`));
  return Object.keys(entries).every((output) => built.has(`${root}/dist/${output}`));
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
