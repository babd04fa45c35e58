import { assertEquals, assertStringIncludes } from "@std/assert";
import { budgetFaults, type BundleBudget, weigh } from "../../scripts/bundle_budget.ts";

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

Deno.test("a chunk that is loaded later has no bound, and forbidden packages all the same", () => {
  const chunk: BundleBudget = { ...budget, gzipBytesMax: null };
  const weight = { file: chunk.file, bytes: 1e6, gzipBytes: 1e6, packages: ["zod"] };
  assertEquals(budgetFaults(chunk, { ...weight, packages: [] }), []);
  assertEquals(budgetFaults(chunk, weight).length, 1);
});

Deno.test("weight is what gzip leaves", () => {
  const weight = weigh("x.js", new TextEncoder().encode("a".repeat(10_000)), []);
  assertEquals(weight.bytes, 10_000);
  assertEquals(weight.gzipBytes < 100, true);
});
