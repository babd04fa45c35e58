/**
 * Worlds for the gate: some that never change, every one that has once found a bug, and as many fresh ones as fit
 * a minute, from a seed that the commit gives. `deno task simulate` goes on from there.
 */
import { assert, assertEquals } from "@std/assert";
import { scenarioVersion } from "./plan.ts";
import { readRunOptions, replayCommand } from "./replay.ts";
import { runChecked } from "./run_checked.ts";
import { type RunOptions, runSeed } from "./run_seed.ts";
import found from "./seeds.json" with { type: "json" };

/** Worlds that every gate looks at. */
const fixedSeeds = 100;
/** Real time for fresh worlds. */
const freshMs = 60_000;

async function hold(seed: number, options: RunOptions = {}): Promise<void> {
  const { failure } = await runChecked(seed, options);
  assertEquals(failure, undefined, replayCommand(seed, options));
}

Deno.test(`every invariant holds after every event of ${fixedSeeds} fixed worlds`, async () => {
  for (let seed = 1; seed <= fixedSeeds; seed++) await hold(seed);
});

Deno.test("the seeds that found something are those of this scenario", () => {
  assertEquals(
    found.scenario,
    scenarioVersion,
    "the worlds have changed: look for the bugs anew, see README.md",
  );
});

for (const { seed, what, ...words } of found.entries as Entry[]) {
  Deno.test(`what seed ${seed} found stays mended: ${what}`, () => hold(seed, readRunOptions(words)));
}

interface Entry {
  seed: number;
  /** What it found. */
  what: string;
  keep?: string;
  without?: string;
}

Deno.test("fresh worlds hold every invariant", async () => {
  const first = await seedOfCommit();
  console.log(`fresh worlds from seed ${first}`);
  const untilMs = performance.now() + freshMs;
  let seed = first;
  while (performance.now() < untilMs) await hold(seed++);
  console.log(`${seed - first} fresh worlds`);
  assert(seed > first);
});

Deno.test("the same seed goes the same way twice, and other seeds go other ways", async () => {
  const hashes = new Set<string>();
  for (let seed = 500; seed < 525; seed++) {
    const [first, second] = [await runSeed(seed), await runSeed(seed, { trace: true })];
    assertEquals(first.traceHash, second.traceHash, `seed ${seed}`);
    hashes.add(first.traceHash);
  }
  assertEquals(hashes.size, 25);
});

Deno.test("I15: with every client clock ten years off, the same happens", async () => {
  const tenYearsMs = 10 * 365 * 86_400_000;
  for (let seed = 600; seed < 610; seed++) {
    const plain = await runSeed(seed);
    for (const clockShiftMs of [tenYearsMs, -tenYearsMs]) {
      assertEquals((await runSeed(seed, { clockShiftMs })).traceHash, plain.traceHash, `seed ${seed}`);
    }
  }
});

/** A seed from the commit, so that every commit looks at other worlds and a failure can be had again. */
async function seedOfCommit(): Promise<number> {
  const { stdout, success } = await new Deno.Command("git", { args: ["rev-parse", "HEAD"] }).output()
    .catch(() => ({ stdout: new Uint8Array(), success: false }));
  const hash = new TextDecoder().decode(stdout).trim();
  return success ? 1_000_000 + Number.parseInt(hash.slice(0, 7), 16) : 1_000_000;
}
