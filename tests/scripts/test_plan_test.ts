import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planTests } from "../../scripts/test_plan.ts";
import { findTestFiles, runOfPath, testRuns } from "../../scripts/test_runs.ts";

Deno.test("without arguments every test file is planned, once", async () => {
  const planned = await planTests([]);
  assert(planned.ok);
  assertEquals(planned.plans.flatMap((plan) => plan.files).sort(), await findTestFiles("tests"));
});

Deno.test("a run's name, a folder and a file narrow the plan", async () => {
  for (const scope of ["scripts", "tests/scripts", "tests/scripts/"]) {
    const planned = await planTests([scope]);
    assert(planned.ok);
    assertEquals(planned.plans.map((plan) => plan.run.name), ["scripts"]);
  }
  const planned = await planTests(["tests/scripts/test_plan_test.ts", "--filter", "narrow"]);
  assert(planned.ok);
  assertEquals(planned.plans.flatMap((plan) => plan.files), ["tests/scripts/test_plan_test.ts"]);
  assertEquals(planned.filter, "narrow");
});

Deno.test("a word that names nothing is refused with the runs that there are", async () => {
  const planned = await planTests(["brwoser"]);
  assert(!planned.ok);
  for (const run of testRuns) assertStringIncludes(planned.reason, run.name);
});

Deno.test("a folder belongs to one run only, and not to one whose name it begins with", () => {
  const folders = testRuns.flatMap((run) => run.folders);
  assertEquals(new Set(folders).size, folders.length);
  assertEquals(runOfPath("tests/client_of_mine/x_test.ts"), undefined);
});
