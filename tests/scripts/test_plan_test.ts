import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planTests } from "../../scripts/test_plan.ts";
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { findTestFiles, runOfPath, testRuns } from "../../scripts/test_runs.ts";

const files = await findTestFiles(repositoryRoot());

/** The test files that are found among `paths`, all of them empty. */
async function foundAmong(paths: readonly string[]): Promise<string[]> {
  const root = await Deno.makeTempDir();
  try {
    for (const path of paths) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, "");
    }
    return await findTestFiles(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("without arguments every test file is planned, once", () => {
  const planned = planTests([], files);
  assert(planned.ok);
  assertEquals(planned.plans.flatMap((plan) => plan.files).sort(), files);
});

Deno.test("tests that a package brings along, and what was built, are not ours", async () => {
  const foreign = ["deep/node_modules/package/its_test.ts", ".git/hooks/x_test.ts", "dist/demo/x_test.js"];
  assertEquals(await foundAmong([...foreign, "deep/own_test.ts"]), ["deep/own_test.ts"]);
});

Deno.test("whatever Deno would take for a test is found, in every folder; nothing else is", async () => {
  const ours = [
    "__tests__/deep/any.js",
    "client/data/zz_test.jsx",
    "scripts/zz_test.ts",
    "shared/zz_test.mts",
  ]
    .concat(["test.cjs", "tests/shared/zz.test.ts", "tests/zz_test.tsx"]);
  const others = [
    "scripts/test_plan.ts",
    "tests/mytest.ts",
    "shared/zz_test.md",
    "a/zz.spec.ts",
    "a/zz_tests.ts",
  ]
    .concat(["__tests__/data.json"]);
  assertEquals(await foundAmong([...others, ...ours]), ours);
});

Deno.test("a test with another of Deno's names is executed in a run's folder, and refused elsewhere", () => {
  const planned = planTests(["shared"], [...files, "tests/shared/zz.test.ts"]);
  assert(planned.ok);
  assert(planned.plans[0]?.files.includes("tests/shared/zz.test.ts"));
  for (const stray of ["shared/zz_test.ts", "scripts/zz_test.ts", "tests/zz_test.tsx"]) {
    const refused = planTests(["shared"], [...files, stray]);
    assert(!refused.ok, stray);
    assertStringIncludes(refused.reason, `${stray} belongs to no run`);
  }
});

Deno.test("a test file in no run's folder is refused: nothing would execute it", () => {
  const planned = planTests(["shared"], [...files, "tests/elsewhere/x_test.ts"]);
  assert(!planned.ok);
  assertStringIncludes(planned.reason, "tests/elsewhere/x_test.ts belongs to no run");
});

Deno.test("a run that has lost its files is refused, unless other runs were asked for", () => {
  const left = files.filter((file) => !file.startsWith("tests/browser/"));
  const planned = planTests([], left);
  assert(!planned.ok);
  assertStringIncludes(planned.reason, `"browser" has no test file`);
  assert(planTests(["shared"], left).ok);
  assert(!planTests(["browser"], left).ok);
});

Deno.test("a run's name, a folder and a file narrow the plan", () => {
  for (const scope of ["scripts", "tests/scripts", "tests/scripts/"]) {
    const planned = planTests([scope], files);
    assert(planned.ok);
    assertEquals(planned.plans.map((plan) => plan.run.name), ["scripts"]);
  }
  const planned = planTests(["tests/scripts/test_plan_test.ts", "--filter", "narrow"], files);
  assert(planned.ok);
  assertEquals(planned.plans.flatMap((plan) => plan.files), ["tests/scripts/test_plan_test.ts"]);
  assertEquals(planned.filter, "narrow");
});

Deno.test("a misspelt path is refused by name, also beside a good one", () => {
  const planned = planTests(["tests/scripts/test_plan_test.ts", "tests/shared/jsom_test.ts"], files);
  assert(!planned.ok);
  assertStringIncludes(planned.reason, "No test file matches: tests/shared/jsom_test.ts");
});

Deno.test("a word that names nothing is refused with the runs that there are", () => {
  const planned = planTests(["brwoser"], files);
  assert(!planned.ok);
  for (const run of testRuns) assertStringIncludes(planned.reason, run.name);
});

Deno.test("a folder belongs to one run only, and not to one whose name it begins with", () => {
  const folders = testRuns.flatMap((run) => run.folders);
  assertEquals(new Set(folders).size, folders.length);
  assertEquals(runOfPath("tests/client_of_mine/x_test.ts"), undefined);
});
