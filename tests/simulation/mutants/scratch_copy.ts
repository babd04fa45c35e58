/** A copy of the product and the simulation in a temporary folder, where mutants are planted one after the other. */
import { applyMutant, type Mutant, productFolders } from "./mutant.ts";

/** Everything that a run of seeds imports, and how to run it. */
const copied = [
  ...productFolders,
  "tests/simulation",
  "tests/model",
  "tests/client/world",
  "deno.json",
  "deno.lock",
];

/** One scratch copy. */
export interface ScratchCopy {
  folder: string;
  /** Plants a bug; take it out again with the function that comes back. */
  plant(mutant: Mutant): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

/** Copies the repository at `root`. */
export async function makeScratchCopy(root: string): Promise<ScratchCopy> {
  const folder = await Deno.makeTempDir({ prefix: "mutants-" });
  for (const path of copied) await copy(`${root}/${path}`, `${folder}/${path}`);
  return {
    folder,
    async plant(mutant) {
      const path = `${folder}/${mutant.file}`;
      const source = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, applyMutant(mutant, source));
      return () => Deno.writeTextFile(path, source);
    },
    remove: () => Deno.remove(folder, { recursive: true }),
  };
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}
