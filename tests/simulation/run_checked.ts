/**
 * One run, and for a share of the seeds a second one in the same world with other clocks (I15: shifting any client
 * clock by ±10 years changes nothing), or the same again (a run that is not the same twice proves nothing).
 */
import { type RunOptions, type RunResult, runSeed } from "./run_seed.ts";
import { Dice } from "./dice.ts";

/** One of so many seeds has a twin with other clocks, and one of twice as many is run twice. */
const twinEvery = 16;
const tenYearsMs = 10 * 365 * 86_400_000;

/** Runs `seed`, with its twin if it has one. */
export async function runChecked(seed: number, options: RunOptions = {}): Promise<RunResult> {
  const result = await runSeed(seed, options);
  if (!result.ok || seed % twinEvery !== 0) return result;
  result.checks.I15 = 1;
  const dice = Dice.of(seed, "twin");
  const clockShiftMs = seed % (2 * twinEvery) === 0 ? Math.round((dice.next() * 2 - 1) * tenYearsMs) : 0;
  const twin = await runSeed(seed, { ...options, clockShiftMs });
  if (twin.traceHash === result.traceHash) return result;
  const message = clockShiftMs === 0
    ? "the same seed went another way the second time"
    : `clocks that are ${clockShiftMs} ms off change what happens`;
  const invariant = clockShiftMs === 0 ? "determinism" : "I15";
  return { ...result, ok: false, failure: { invariant, message, atMs: 0 } };
}
