/**
 * Weighs the bundles as a browser downloads them and fails above the budget. It also fails if a package got
 * into a bundle that it must not be in: full zod costs 25 KB, and the engine must work where Lit cannot. Chunks
 * that bundles load later have budgets of their own, and one without any fails.
 */
import { gzipSync } from "node:zlib";
import { buildClient, packagesOf, readBuildRecord } from "./build_client.ts";
import { repositoryRoot } from "./repository_root.ts";

/** What one bundle may weigh, in bytes after gzip at level 9, and what must not be in it. */
export interface BundleBudget {
  file: string;
  gzipBytesMax: number;
  forbiddenPackages: readonly string[];
}

/** Neither the engine nor what it loads later may have these. */
const engineForbids = ["zod", "lit", "lit-html", "lit-element", "@lit/reactive-element"];

/** The budgets of the bundles that sites embed. */
export const bundleBudgets: readonly BundleBudget[] = [
  { file: "sync-status.js", gzipBytesMax: 20_000, forbiddenPackages: ["zod"] },
  {
    file: "sync-engine.js",
    gzipBytesMax: 12_000,
    forbiddenPackages: engineForbids,
  },
  { file: "sync-worker.js", gzipBytesMax: 30_000, forbiddenPackages: engineForbids },
];

/**
 * What bundles load later, by the chunk's name. It is not on the way to a page that can keep and show data, but
 * every page that syncs downloads it, so it has a bound too.
 */
const chunkBudgets: Readonly<Record<string, Omit<BundleBudget, "file">>> = {
  "sync-network": { gzipBytesMax: 19_200, forbiddenPackages: engineForbids },
  // Fetched only where data of an older version of the site are taken over.
  "sync-migration": { gzipBytesMax: 5_000, forbiddenPackages: engineForbids },
  // Lit's templates, imported by the panel and the review.
  "sync-templates": { gzipBytesMax: 4_000, forbiddenPackages: ["zod"] },
  "sync-panel": { gzipBytesMax: 8_000, forbiddenPackages: ["zod", "lit-html"] },
  // Fetched only where `bind` or `watch-storage` is used.
  "sync-bindings": { gzipBytesMax: 6_000, forbiddenPackages: ["zod", "lit-html"] },
  // Fetched only where there is a conflict or a change that could not be saved.
  "sync-review": { gzipBytesMax: 5_000, forbiddenPackages: ["zod", "lit-html"] },
};

/** The words of one language. */
const languageBudget: Omit<BundleBudget, "file"> = { gzipBytesMax: 4_000, forbiddenPackages: ["zod"] };

/** The budget of a built chunk, e.g. `assets/sync-network-1a2b3c4d5e.js`. */
export function chunkBudget(file: string): BundleBudget {
  const name = /^assets\/(.+)-[0-9a-f]+\.js$/.exec(file)?.[1] ?? "";
  const budget = name.startsWith("sync-language-") ? languageBudget : chunkBudgets[name];
  if (!budget) throw new Error(`${file} has no budget: add one to scripts/bundle_budget.ts`);
  return { file, ...budget };
}

/** A bundle on the scales. */
export interface BundleWeight {
  file: string;
  bytes: number;
  gzipBytes: number;
  packages: readonly string[];
}

/** Weighs a bundle. */
export function weigh(file: string, content: Uint8Array, packages: readonly string[]): BundleWeight {
  return { file, bytes: content.length, gzipBytes: gzipSync(content, { level: 9 }).length, packages };
}

/** What is wrong with a bundle, one sentence each; empty if nothing. */
export function budgetFaults(budget: BundleBudget, weight: BundleWeight): string[] {
  const faults: string[] = [];
  if (weight.gzipBytes > budget.gzipBytesMax) {
    const over = weight.gzipBytes - budget.gzipBytesMax;
    faults.push(
      `${budget.file} may weigh ${budget.gzipBytesMax} bytes after gzip -9 and weighs ${weight.gzipBytes}, ${over} too many.`,
    );
  }
  for (const name of budget.forbiddenPackages) {
    if (weight.packages.includes(name)) {
      faults.push(`${budget.file} contains the package "${name}". Find the import that brought it in.`);
    }
  }
  return faults;
}

const heaviestMax = 12;

function heaviest(sources: Readonly<Record<string, number>>): string {
  return Object.entries(sources).sort(([, a], [, b]) => b - a).slice(0, heaviestMax)
    .map(([path, bytes]) => `${path.replace(/.*node_modules\//, "")} ${bytes}`).join(", ");
}

async function main(): Promise<number> {
  const root = repositoryRoot();
  await buildClient({ root, force: true });
  const record = await readBuildRecord(root);
  if (record === null) throw new Error("The build left no dist/build.json: run `deno task build`.");
  const faults: string[] = [];
  const chunks = Object.keys(record.bytesBySource).filter((file) => file.startsWith("assets/"))
    .map(chunkBudget);
  console.log(`${"bundle".padEnd(34)}minified    gzip -9     budget  packages`);
  for (const budget of [...bundleBudgets, ...chunks]) {
    const content = await Deno.readFile(`${root}/dist/${budget.file}`);
    const sources = record.bytesBySource[budget.file] ?? {};
    const weight = weigh(budget.file, content, packagesOf(sources));
    const columns = [weight.bytes, weight.gzipBytes, budget.gzipBytesMax]
      .map((n) => String(n).padStart(9));
    console.log(`${budget.file.padEnd(32)} ${columns.join("  ")}  ${weight.packages.join(", ")}`);
    const found = budgetFaults(budget, weight);
    if (found.length > 0) found.push(`  Its heaviest sources, minified: ${heaviest(sources)}`);
    faults.push(...found);
  }
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
