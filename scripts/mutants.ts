/**
 * Mutation score of the simulation: plants one bug after the other in a scratch copy of the sources and runs seeds
 * until an invariant notices. See `tests/simulation/mutants/`.
 *
 *     deno task mutants [--jobs J] [--only NAME[,NAME]] [--seeds 200]
 *
 * First the sources are run as they are: a bug is only found if nothing fails without it. Exit code 1 if a mutant
 * survives, or if its text is no longer in the sources.
 */
import { allMutants } from "../tests/simulation/mutants/all_mutants.ts";
import { applyMutant, type Mutant } from "../tests/simulation/mutants/mutant.ts";
import { type MutantResult, runMutant } from "../tests/simulation/mutants/run_mutant.ts";
import { makeScratchCopy } from "../tests/simulation/mutants/scratch_copy.ts";
import { repositoryRoot } from "./repository_root.ts";

/** What to run. */
export interface MutantOptions {
  jobs: number;
  /** Each mutant gets this many, the same for all. */
  seeds: number;
  mutants: readonly Mutant[];
}

const jobsMax = 64;

/** One line of the table. */
export interface MutantRow extends MutantResult {
  mutant: Mutant;
}

/** Runs from the command line's arguments; resolves to the exit code. */
export async function mutants(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  const misfits = await misfitsOf(options.mutants);
  if (misfits.length > 0) {
    console.error(misfits.join("\n"));
    return 1;
  }
  const { jobs, seeds } = options;
  console.log(`${options.mutants.length} mutants, ${seeds} seeds each, ${jobs} jobs`);
  const beganMs = performance.now();
  const rows: MutantRow[] = [];
  const sound = await runAll(options, (row) => {
    rows.push(row);
    console.log(`${rows.length}/${options.mutants.length} ${describeResult(row)}`);
  });
  const seconds = Math.round((performance.now() - beganMs) / 1000);
  if (sound.killedBy !== null) {
    console.log(
      `Nothing is shown: seed ${sound.seed} fails without any mutant (${sound.killedBy}: ${sound.message})`,
    );
    return 1;
  }
  console.log(`\n${formatTable(rows)}\n`);
  const survivors = rows.filter(({ killedBy }) => killedBy === null);
  const worst = Math.max(0, ...rows.filter((row) => !survivors.includes(row)).map((row) => row.seeds));
  console.log(
    `${rows.length - survivors.length} of ${rows.length} killed, worst after ${worst} seeds, ${seconds} s`,
  );
  for (const { mutant } of survivors) console.log(`survived: ${mutant.name}: ${mutant.why}`);
  return survivors.length === 0 ? 0 : 1;
}

/** What keeps mutants from being planted, in words; known before the first one takes its time. */
async function misfitsOf(mutants: readonly Mutant[]): Promise<string[]> {
  const misfits: string[] = [];
  for (const mutant of mutants) {
    try {
      applyMutant(mutant, await Deno.readTextFile(`${repositoryRoot()}/${mutant.file}`));
    } catch (error) {
      misfits.push((error as Error).message);
    }
  }
  return misfits;
}

/** Runs the sources as they are and every mutant; resolves to what became of the sources as they are. */
export async function runAll(
  { jobs, seeds, mutants }: MutantOptions,
  tell: (row: MutantRow) => void,
): Promise<MutantResult> {
  const root = repositoryRoot();
  const waiting: (Mutant | null)[] = [null, ...mutants];
  let sound: MutantResult | undefined;
  const worker = async () => {
    const scratch = await makeScratchCopy(root);
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const result = await runMutant(scratch, mutant, seeds);
        if (mutant) tell({ ...result, mutant });
        else sound = result;
      }
    } finally {
      await scratch.remove();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, waiting.length) }, worker));
  return sound!;
}

function describeResult({ mutant, killedBy, seed, seeds, message, ms }: MutantRow): string {
  const seconds = (ms / 1000).toFixed(1);
  if (killedBy === null) return `${mutant.name} SURVIVED ${seeds} seeds, ${seconds} s`;
  const what = message.split("\n")[0]!.slice(0, 160);
  return `${mutant.name} killed by ${killedBy} at seed ${seed}, the ${seeds}., ${seconds} s: ${what}`;
}

/** The rows by file, with columns as wide as they need to be. */
export function formatTable(rows: readonly MutantRow[]): string {
  const order = new Map(allMutants.map((mutant, i) => [mutant, i]));
  const sorted = [...rows].sort((a, b) => (order.get(a.mutant) ?? 0) - (order.get(b.mutant) ?? 0));
  const cells = sorted.map(({ mutant, killedBy, seed, seeds }) => [
    mutant.name,
    mutant.file,
    mutant.breaks.join(" "),
    killedBy ?? "SURVIVED",
    killedBy === null ? "" : String(seed),
    String(seeds),
  ]);
  const all = [["mutant", "file", "breaks", "killed by", "at seed", "seeds"], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()).join("\n");
}

function readArguments(args: readonly string[]): MutantOptions | string {
  const options: MutantOptions = { jobs: 2, seeds: 200, mutants: allMutants };
  for (let i = 0; i < args.length; i += 2) {
    const [name = "", value = ""] = args.slice(i);
    if (name === "--only") {
      const names = value.split(",");
      options.mutants = allMutants.filter((mutant) => names.includes(mutant.name));
      const unknown = names.filter((one) => !allMutants.some((mutant) => mutant.name === one));
      if (unknown.length > 0) return `Cannot run the mutants: there is none called "${unknown.join(", ")}".`;
    } else if ((name === "--jobs" || name === "--seeds") && /^[1-9]\d{0,5}$/.test(value)) {
      if (name === "--jobs") options.jobs = Math.min(jobsMax, Number(value));
      else options.seeds = Number(value);
    } else {
      return `Cannot run the mutants with "${name} ${value}": --jobs and --seeds take a number from 1, --only names.`;
    }
  }
  return options;
}

if (import.meta.main) Deno.exit(await mutants(Deno.args));
