/** What a test command's arguments ask for, turned into runs and files. */
import { runOfPath, type TestRun, testRuns } from "./test_runs.ts";

/** A run and the files of it that were asked for; never empty. */
export interface TestPlan {
  run: TestRun;
  files: string[];
}

/** The plans in the order of the runs, or what is wrong with the arguments or the tree. */
export type TestPlans = { ok: true; plans: TestPlan[]; filter: string | null } | {
  ok: false;
  reason: string;
};

/**
 * Plans what `args` ask for: names of runs, paths below `tests/`, `--filter <name or /regexp/>`. Each run and path
 * must have tests, and without any every run must: one whose files are gone, or whose name is misspelt, must not
 * pass for one that passed.
 */
export function planTests(args: readonly string[], files: readonly string[]): TestPlans {
  const asked = readArguments(args);
  if (!asked.ok) return asked;
  const stray = files.find((file) => !runOfPath(file));
  if (stray) {
    const folders = testRuns.flatMap((run) => run.folders).map((folder) => `tests/${folder}/`).join(", ");
    return {
      ok: false,
      reason: `${stray} belongs to no run: nothing would execute it. Tests live in ${folders}.`,
    };
  }
  const empty = asked.scopes.filter((scope) => !files.some((file) => covers(scope, file)));
  if (empty.length > 0) {
    return { ok: false, reason: `No test file matches: ${empty.join(", ")}. Nothing was run.` };
  }
  const wanted = files.filter((file) =>
    asked.scopes.length === 0 || asked.scopes.some((scope) => covers(scope, file))
  );
  const plans = testRuns
    .map((run) => ({ run, files: wanted.filter((file) => runOfPath(file) === run) }))
    .filter((plan) => plan.files.length > 0);
  const lost = testRuns.find((run) => !plans.some((plan) => plan.run === run));
  if (asked.scopes.length === 0 && lost) {
    return { ok: false, reason: `The run "${lost.name}" has no test file: it would prove nothing.` };
  }
  return { ok: true, plans, filter: asked.filter };
}

function readArguments(
  args: readonly string[],
): { ok: true; scopes: string[]; filter: string | null } | { ok: false; reason: string } {
  const scopes: string[] = [];
  let filter: string | null = null;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg.startsWith("--filter=")) filter = arg.slice("--filter=".length);
    else if (arg === "--filter" && args[i + 1] !== undefined) filter = args[++i] ?? null;
    else if (testRuns.some((run) => run.name === arg) || runOfPath(arg)) scopes.push(arg.replace(/\/$/, ""));
    else return { ok: false, reason: usage(arg) };
  }
  return { ok: true, scopes, filter };
}

function covers(scope: string, file: string): boolean {
  return runOfPath(file)?.name === scope || file === scope || file.startsWith(`${scope}/`);
}

function usage(arg: string): string {
  const runs = testRuns.map((run) => `  ${run.name.padEnd(12)} ${run.about}`).join("\n");
  return `"${arg}" is neither a run, nor a path below tests/, nor --filter <name>. The runs:\n${runs}`;
}
