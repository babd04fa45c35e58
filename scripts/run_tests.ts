/**
 * The one test command: plans the runs, executes them one after another, and closes with one line alone,
 * `N passed, N failed, N skipped`. It exits with 1 if anything failed, and a run that crashed or executed no
 * test has failed: an empty run proves nothing.
 *
 *     deno task test                          everything
 *     deno task test client browser           these runs
 *     deno task test tests/shared/json_test.ts
 *     deno task test --filter "page guard"    tests by name, in every run
 *     SKIP_BROWSER=1 deno task test           without a browser, counted as skipped
 */
import { buildClient } from "./build_client.ts";
import { repositoryRoot } from "./repository_root.ts";
import { ensureBrowser } from "./ensure_browser.ts";
import { planTests, type TestPlan } from "./test_plan.ts";
import { findTestFiles } from "./test_runs.ts";
import { closingLine, readTestSummary, type TestCounts } from "./test_summary.ts";

/** Runs the tests of the repository at `root` that `args` ask for; resolves to the exit code. */
export async function runTests(args: readonly string[], root = repositoryRoot()): Promise<number> {
  Deno.chdir(root);
  const plans = planTests(args, await findTestFiles("."));
  if (!plans.ok) {
    console.error(plans.reason);
    return 2;
  }
  const sum: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  const notes: string[] = [];
  for (const plan of plans.plans) {
    console.log(`\n── ${plan.run.name}: ${plan.run.about} ──`);
    const counts = await execute(plan, plans.filter);
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
    if (counts.note) notes.push(`${plan.run.name}: ${counts.note}`);
  }
  if (sum.passed + sum.failed + sum.skipped === 0) {
    notes.push("no test was executed: nothing matches what was asked for");
    sum.failed++;
  }
  for (const note of notes) console.log(`\n! ${note}`);
  console.log(`\n${closingLine(sum)}`);
  return sum.failed === 0 ? 0 : 1;
}

async function execute(plan: TestPlan, filter: string | null): Promise<TestCounts & { note?: string }> {
  const env: Record<string, string> = {};
  if (plan.run.browser) {
    if (Deno.env.get("SKIP_BROWSER") === "1") return await skip(plan, filter);
    try {
      env.CHROME_PATH = await ensureBrowser();
      await buildClient();
    } catch (error) {
      return { passed: 0, failed: 1, skipped: 0, note: (error as Error).message };
    }
  }
  const args = [...plan.run.args, ...(filter === null ? [] : ["--filter", filter]), ...plan.files];
  const { code, output } = await denoTest(args, env, true);
  const summary = readTestSummary(output);
  if (summary === null) {
    return { passed: 0, failed: 1, skipped: 0, note: `ended with exit code ${code} before its summary` };
  }
  const { passed, skipped } = summary;
  if (code !== 0 && summary.failed === 0) {
    return { passed, failed: 1, skipped, note: `exit code ${code} although no test failed` };
  }
  if (filter === null && passed + summary.failed === 0) {
    return { passed, failed: 1, skipped, note: "no test was executed" };
  }
  return { passed, failed: summary.failed, skipped };
}

/**
 * Compiles and loads a run's files and counts their tests, without executing any: a filter that nothing matches
 * keeps them all out. What does not compile has failed, browser or not.
 */
async function skip(plan: TestPlan, filter: string | null): Promise<TestCounts & { note: string }> {
  const args = [...plan.run.args, "--filter", "/(?!)/", ...plan.files];
  const { code, output } = await denoTest(args, {}, false);
  const summary = readTestSummary(output);
  if (summary === null || code !== 0) {
    console.log(output);
    return { passed: 0, failed: 1, skipped: 0, note: `exit code ${code} before any test: they do not load` };
  }
  // Which of them the filter asked for is not known: Deno counts both kinds of left-out tests as one.
  const skipped = filter === null ? summary.filteredOut : 0;
  return { passed: 0, failed: 0, skipped, note: `skipped ${skipped} tests, as SKIP_BROWSER=1 asks` };
}

/** Runs `deno test`, passing its output on as it comes if `show`; its errors come through in any case. */
async function denoTest(
  args: readonly string[],
  env: Record<string, string>,
  show: boolean,
): Promise<{ code: number; output: string }> {
  // A pipe is no terminal to the child; its colours are kept when ours is one.
  const colour = Deno.stdout.isTerminal() && !Deno.noColor ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" };
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...args],
    env: { ...env, ...colour },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of child.stdout) {
    if (show) await writeAll(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  return { code: (await child.status).code, output };
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await Deno.stdout.write(bytes.subarray(written));
}

if (import.meta.main) Deno.exit(await runTests(Deno.args));
