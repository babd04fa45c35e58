import { assert, assertEquals, assertThrows } from "@std/assert";
import { readBuildRecord } from "../../scripts/build_client.ts";
import { formatTable, type MutantRow, runAll } from "../../scripts/mutants.ts";
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { listFiles } from "../../scripts/source_hash.ts";
import { allMutants } from "../simulation/mutants/all_mutants.ts";
import { applyMutant, type Mutant, productFolders } from "../simulation/mutants/mutant.ts";
import { runMutant } from "../simulation/mutants/run_mutant.ts";
import { makeScratchCopy } from "../simulation/mutants/scratch_copy.ts";

const root = repositoryRoot();

async function productSources(): Promise<Map<string, string>> {
  const files = (await Promise.all(productFolders.map((folder) => listFiles(`${root}/${folder}`)))).flat();
  const sources = files.filter((file) => file.endsWith(".ts"));
  return new Map(
    await Promise.all(
      sources.map(async (file) => [file.slice(root.length + 1), await Deno.readTextFile(file)] as const),
    ),
  );
}

Deno.test("every mutant still fits the sources, and there are at least forty", async () => {
  const sources = await productSources();
  assert(allMutants.length >= 40, `${allMutants.length} mutants`);
  assertEquals(new Set(allMutants.map(({ name }) => name)).size, allMutants.length);
  for (const mutant of allMutants) {
    const source = sources.get(mutant.file);
    assert(source !== undefined, `${mutant.name} is for ${mutant.file}, which is no source of the product`);
    assert(applyMutant(mutant, source) !== source, `${mutant.name} changes nothing`);
    assert(mutant.breaks.length > 0 && mutant.why.length > 0, `${mutant.name} says too little`);
  }
});

Deno.test("a mutant whose text is gone, or there twice, is refused by name", () => {
  const mutant: Mutant = {
    name: "one",
    breaks: ["I1"],
    file: "x.ts",
    find: "a = 1",
    replace: "a = 2",
    why: "",
  };
  assertEquals(applyMutant(mutant, "let a = 1;"), "let a = 2;");
  assertThrows(() => applyMutant(mutant, "let b = 1;"), Error, "is there 0 times");
  assertThrows(() => applyMutant(mutant, "a = 1; a = 1;"), Error, "Cannot plant 'one'");
});

Deno.test("the product knows nothing of mutants: no source holds one's text, none imports a test", async () => {
  for (const [path, source] of await productSources()) {
    for (const { name, replace } of allMutants) {
      assert(!source.includes(replace.trim()), `${path} holds the text of '${name}'`);
    }
    for (const [, specifier = ""] of source.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
      const imported = specifier.startsWith(".") ? new URL(specifier, `file:///${path}`).pathname : specifier;
      assert(!imported.startsWith("/tests/"), `${path} imports ${specifier}`);
    }
  }
});

Deno.test("what is built for browsers comes from the product's own files, and holds no mutant", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `await (await import("./scripts/build_client.ts")).buildClient()`],
    cwd: root,
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const record = await readBuildRecord(root);
  const outputs = Object.entries(record!.bytesBySource);
  assert(outputs.length >= 3);
  for (const [output, bytesBySource] of outputs) {
    const own = Object.keys(bytesBySource).filter((path) => !path.includes("node_modules/"));
    for (const path of own) assert(/^(client|shared)\//.test(path), `dist/${output} has ${path} in it`);
    const map = JSON.parse(await Deno.readTextFile(`${root}/dist/${output}.map`));
    const texts = [await Deno.readTextFile(`${root}/dist/${output}`), ...map.sourcesContent as string[]];
    for (const { name, replace } of allMutants) {
      assert(
        !texts.some((text) => text?.includes(replace.trim())),
        `dist/${output} holds the text of '${name}'`,
      );
    }
  }
});

Deno.test("seeds kill mutants, each by an invariant that it breaks, and nothing fails without one", async () => {
  const names = ["unchanged-leaves-no-mark", "cursor-jumps-to-the-head", "base-version-ignored"];
  const mutants = allMutants.filter(({ name }) => names.includes(name));
  const rows: MutantRow[] = [];
  const sound = await runAll({ jobs: 2, seeds: 5, mutants }, (row) => rows.push(row));
  assertEquals([sound.killedBy, sound.seeds], [null, 5]);
  assertEquals(rows.length, names.length);
  for (const { mutant, killedBy, seeds, message } of rows) {
    assert(killedBy !== null && mutant.breaks.includes(killedBy), `${mutant.name}: ${killedBy} ${message}`);
    assert(seeds >= 1 && seeds <= 5 && message !== "");
  }
  assert(formatTable(rows).split("\n").length === rows.length + 1);
});

Deno.test("a change that breaks nothing survives, and the scratch copy is sound again afterwards", async () => {
  const scratch = await makeScratchCopy(root);
  try {
    const harmless: Mutant = {
      name: "harmless",
      breaks: ["I1"],
      file: "shared/merge.ts",
      find: "  return merged;",
      replace: "  return { ...merged };",
      why: "Nothing goes wrong.",
    };
    assertEquals((await runMutant(scratch, harmless, 2)).killedBy, null);
    const path = `${scratch.folder}/${harmless.file}`;
    assertEquals(await Deno.readTextFile(path), await Deno.readTextFile(`${root}/${harmless.file}`));
  } finally {
    await scratch.remove();
  }
});
