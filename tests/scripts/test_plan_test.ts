import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planTests } from "../../scripts/test_plan.ts";
import { findTestFiles, runOfPath, testRuns } from "../../scripts/test_runs.ts";

const files = await findTestFiles("tests");

Deno.test("without arguments every test file is planned, once", () => {
  const planned = planTests([], files);
  assert(planned.ok);
  assertEquals(planned.plans.flatMap((plan) => plan.files).sort(), files);
});

Deno.test("tests that a package brings along are not ours", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const file of ["deep/own_test.ts", "deep/node_modules/package/its_test.ts"]) {
      const path = `${folder}/${file}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, "");
    }
    assertEquals(await findTestFiles(folder), [`${folder}/deep/own_test.ts`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
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
