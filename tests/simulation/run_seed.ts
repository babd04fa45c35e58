/**
 * One run: the world of a seed from its first event to the end, with a look at the invariants after every event.
 * The same seed and options give the same run, told by the trace's hash.
 */
import { settleMicrotasks, takeStrayErrors } from "./deterministic_host.ts";
import { heal } from "./heal.ts";
import { checkEnd } from "./oracle/end_checks.ts";
import type { Failure } from "./oracle/verdict_on_run.ts";
import { passOutage } from "./outage.ts";
import { performOperation } from "./perform_operation.ts";
import { sceneOf } from "./scenes.ts";
import { formatLine } from "./trace.ts";
import { World, type WorldOptions } from "./world.ts";

/** Options of {@linkcode runSeed}. */
export type RunOptions = WorldOptions;

/** What a run came to. */
export interface RunResult {
  ok: boolean;
  /** 16 hex digits over everything that happened; clients' wall clocks are no part of it. */
  traceHash: string;
  /** Events that happened. */
  events: number;
  /** How often each fault, or disturbing operation, struck. */
  faults: Record<string, number>;
  /** How often each invariant was looked at. */
  checks: Record<string, number>;
  failure?: Failure;
  /** With the option `trace`: what happened, line by line. */
  lines?: string[];
  /** Kinds of faults that the world had. */
  kinds: string[];
}

/** Events of one run; a world that does not come to rest must fail, not hang. */
const eventsMax = 20_000;
/** Operations' own effects go on for this long before the faults end. */
const afterLastMs = 2_000;

/** Runs the world of `seed`. Never rejects for a broken invariant. */
export async function runSeed(seed: number, options: RunOptions = {}): Promise<RunResult> {
  const world = new World(seed, options);
  const { time, oracle: { run } } = world;
  const endMs = schedule(world);
  let events = 0;

  const step = async (): Promise<boolean> => {
    const event = time.take();
    if (!event) return false;
    events++;
    event.fire?.();
    await turn(world);
    world.oracle.afterEvent();
    run.hold("I22", events < eventsMax, () => `${events} events, and no end in sight`);
    return !run.failure;
  };
  const runUntil = async (done: () => boolean, withinMs: number) => {
    const deadlineMs = time.nowMs + withinMs;
    while (!run.failure && !done()) {
      // What was just asked for may not have begun.
      if (time.nextAtMs === null) await turn(world);
      const nextMs = time.nextAtMs;
      if (nextMs === null || nextMs > deadlineMs) return false;
      await step();
    }
    return !run.failure;
  };

  await turn(world);
  await runUntil(() => time.nextAtMs === null || time.nextAtMs > endMs, Infinity);
  if (!run.failure && sceneOf(seed)?.outage) await passOutage(world, runUntil);
  if (!run.failure) await heal(world, runUntil);
  if (!run.failure) checkEnd(world);
  for (const page of world.profiles.flatMap(({ living }) => living)) page.dead = true;
  await settleMicrotasks();
  for (const error of takeStrayErrors()) run.hold("stray", false, () => error);
  const { failure } = run;
  return {
    ok: failure === undefined,
    traceHash: world.trace.hash,
    events,
    faults: Object.fromEntries(world.faults.struck),
    checks: Object.fromEntries(run.checks),
    kinds: world.faults.kinds,
    ...(failure ? { failure } : {}),
    ...(options.trace ? { lines: world.trace.lines.map(formatLine) } : {}),
  };
}

/** Puts the plan's operations into time; gives the end of it. */
function schedule(world: World): number {
  const { plan, time, options } = world;
  const kept = options.keep && new Set(options.keep);
  let atMs = 0;
  for (const operation of plan.operations) {
    atMs += operation.gapMs;
    if (kept && !kept.has(operation.index)) continue;
    time.after(atMs, () => performOperation(world, operation));
    // While the world sleeps, nobody does anything.
    if (operation.kind === "world-sleeps") atMs += operation.durationMs;
  }
  return atMs + afterLastMs;
}

/** Everything that needs no virtual time happens; a page that has just opened also imports its network half. */
async function turn(world: World): Promise<void> {
  await settleMicrotasks();
  const starting = world.profiles.some(({ pages }) => pages.some((page) => !page.started));
  if (!starting) return;
  // Imports are answered in the order they were asked for: when ours is, everybody's is.
  await import("../../client/network/mod.ts");
  await settleMicrotasks();
}
