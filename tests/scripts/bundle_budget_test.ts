import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { budgetFaults, type BundleBudget, chunkBudget, weigh } from "../../scripts/bundle_budget.ts";

const budget: BundleBudget = { file: "sync-engine.js", gzipBytesMax: 100, forbiddenPackages: ["zod"] };

Deno.test("a bundle at its budget passes, one byte more fails and is told what it weighs", () => {
  const weight = { file: budget.file, bytes: 900, gzipBytes: 100, packages: ["idb-keyval"] };
  assertEquals(budgetFaults(budget, weight), []);
  const [fault = ""] = budgetFaults(budget, { ...weight, gzipBytes: 101 });
  assertStringIncludes(fault, "weighs 101, 1 too many");
});

Deno.test("a forbidden package fails a bundle of any weight", () => {
  const [fault = ""] = budgetFaults(budget, { file: budget.file, bytes: 1, gzipBytes: 1, packages: ["zod"] });
  assertStringIncludes(fault, `contains the package "zod"`);
});

Deno.test("a chunk that is loaded later has a budget of its own, by its name without the hash", () => {
  const chunk = chunkBudget("assets/sync-network-1a2b3c4d5e.js");
  assertEquals([chunk.gzipBytesMax, chunk.forbiddenPackages.includes("lit")], [19_200, true]);
  assertEquals(chunkBudget("assets/sync-language-de-1a2b3c4d5e.js").gzipBytesMax, 4_000);
  assertThrows(() => chunkBudget("assets/something-1a2b3c4d5e.js"), Error, "has no budget");
});

Deno.test("weight is what gzip leaves", () => {
  const weight = weigh("x.js", new TextEncoder().encode("a".repeat(10_000)), []);
  assertEquals(weight.bytes, 10_000);
  assertEquals(weight.gzipBytes < 100, true);
});
