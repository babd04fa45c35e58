/**
 * A process of its own that runs seeds, one after the other, until the first one fails: started in a scratch copy
 * of the sources, so that a planted bug can hurt nobody else. Speaks in lines of JSON.
 *
 *     deno run -A tests/simulation/mutants/run_seeds.ts SEEDS
 */
import { runSeed } from "../run_seed.ts";

/** One line of the process: a seed begins, or the run is over. */
export type SeedLine =
  | { kind: "began"; seed: number }
  | { kind: "failed"; seed: number; invariant: string; message: string }
  | { kind: "survived" };

/**
 * The seeds, of plain, crowded (`crowd.ts`) and directed worlds (`scenes.ts`) by turns: 1, 2, 3, 4, 6, 11, 5, 10, 19, …
 */
function* mixedSeeds(count: number): Generator<number> {
  const plain = plainSeeds();
  for (let n = 0; n < count; n++) {
    const round = Math.floor(n / 3);
    if (n % 3 === 0) yield plain.next().value!;
    else yield n % 3 === 1 ? 2 + 4 * round : 3 + 8 * round;
  }
}

function* plainSeeds(): Generator<number> {
  for (let seed = 1;; seed++) if (seed % 4 !== 2 && seed % 8 !== 3) yield seed;
}

async function firstFailure(seeds: number): Promise<SeedLine> {
  for (const seed of mixedSeeds(seeds)) {
    // Told first: if the bug makes the run spin, the parent knows where.
    tell({ kind: "began", seed });
    try {
      const { failure } = await runSeed(seed);
      if (failure) return { kind: "failed", seed, ...failure };
    } catch (error) {
      const message = error instanceof Error ? error.stack ?? error.message : String(error);
      return { kind: "failed", seed, invariant: "crash", message };
    }
  }
  return { kind: "survived" };
}

function tell(line: SeedLine): void {
  console.log(JSON.stringify(line));
}

if (import.meta.main) {
  tell(await firstFailure(Number(Deno.args[0])));
  Deno.exit(0);
}
