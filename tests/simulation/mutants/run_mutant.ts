/** Lets a mutant live in a scratch copy until a seed kills it. */
import type { Mutant } from "./mutant.ts";
import type { SeedLine } from "./run_seeds.ts";
import type { ScratchCopy } from "./scratch_copy.ts";

/** What became of a mutant. */
export interface MutantResult {
  /** The invariant that noticed; `crash` for an exception, `hang` for a run without end; null if none did. */
  killedBy: string | null;
  /** Seed of the kill, or the last one. */
  seed: number;
  /** How many seeds were run. */
  seeds: number;
  message: string;
  /** Real time. */
  ms: number;
}

/** Longest real time for one seed: far beyond any sound one, also on a busy machine. */
const seedMsMax = 60_000;

/** Runs `seeds` seeds with `mutant` planted, or with nothing planted for null, until the first failure. */
export async function runMutant(
  scratch: ScratchCopy,
  mutant: Mutant | null,
  seeds: number,
): Promise<MutantResult> {
  const restore = mutant ? await scratch.plant(mutant) : () => Promise.resolve();
  const beganMs = performance.now();
  try {
    const result = await runSeeds(scratch.folder, seeds);
    return { ...result, ms: Math.round(performance.now() - beganMs) };
  } finally {
    await restore();
  }
}

async function runSeeds(folder: string, seeds: number): Promise<Omit<MutantResult, "ms">> {
  const child = new Deno.Command(Deno.execPath(), {
    // Packages come from the cache: the copy has no node_modules of its own.
    args: [
      "run",
      "-A",
      "--quiet",
      "--node-modules-dir=none",
      "tests/simulation/mutants/run_seeds.ts",
      `${seeds}`,
    ],
    cwd: folder,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  let seed = 0;
  let begun = 0;
  let last: SeedLine | undefined;
  let isHanging = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isHanging = true;
      child.kill("SIGKILL");
    }, seedMsMax);
  };
  watch();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(lineSplitter());
  for await (const line of lines) {
    // A client that forces a sync prints for people, too.
    if (!line.startsWith('{"kind"')) continue;
    last = JSON.parse(line) as SeedLine;
    if (last.kind === "began") {
      seed = last.seed;
      begun++;
    }
    watch();
  }
  const { code } = await child.status;
  clearTimeout(timer);
  const errors = await stderr;
  const where = { seed, seeds: begun };
  if (isHanging) return { ...where, killedBy: "hang", message: `a seed took more than ${seedMsMax} ms` };
  if (last?.kind === "failed") return { ...where, killedBy: last.invariant, message: last.message };
  if (last?.kind === "survived") return { ...where, killedBy: null, message: "" };
  // Before the first seed it is not the bug that fails but the way it was planted.
  if (seed === 0) throw new Error(`The seeds cannot be run (exit code ${code}): ${errors}`);
  return { ...where, killedBy: "crash", message: errors };
}

function lineSplitter(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(text, controller) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      for (const part of parts) controller.enqueue(part);
    },
    flush(controller) {
      if (rest !== "") controller.enqueue(rest);
    },
  });
}
