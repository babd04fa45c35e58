/** Runs seeds one after the other, beside others of its kind; told from where, it goes on until it is told to stop. */
import { runChecked } from "./run_checked.ts";
import type { RunResult } from "./run_seed.ts";

/** Seeds to run: `from`, `from + step`, … at most `count`. */
export interface SearchOrder {
  from: number;
  step: number;
  count: number;
  /** Ends when this many ms of real time are over. */
  forMs: number;
}

/** Summed over some seeds. */
export interface SearchReport {
  seeds: number;
  events: number;
  faults: Record<string, number>;
  checks: Record<string, number>;
  /** Seeds with a partition, or a killed page, and those of them that failed. */
  partitions: Tally;
  kills: Tally;
  failures: { seed: number; invariant: string; message: string; atMs: number }[];
  done: boolean;
}

export interface Tally {
  seeds: number;
  /** Never came to rest (I19). */
  stuck: number;
  /** Came to different states (any other invariant). */
  diverged: number;
}

/** How often a worker reports. */
const reportEveryMs = 1_000;

/** Nothing yet. */
export function emptyReport(): SearchReport {
  const none = () => ({ seeds: 0, stuck: 0, diverged: 0 });
  return {
    seeds: 0,
    events: 0,
    faults: {},
    checks: {},
    partitions: none(),
    kills: none(),
    failures: [],
    done: false,
  };
}

/** Adds `part` to `sum`. */
export function addReport(sum: SearchReport, part: SearchReport): void {
  sum.seeds += part.seeds;
  sum.events += part.events;
  for (const name of ["faults", "checks"] as const) {
    for (const [key, count] of Object.entries(part[name])) sum[name][key] = (sum[name][key] ?? 0) + count;
  }
  for (const name of ["partitions", "kills"] as const) {
    for (const key of ["seeds", "stuck", "diverged"] as const) sum[name][key] += part[name][key];
  }
  sum.failures.push(...part.failures);
}

/** What one run adds. */
export function reportOf(seed: number, result: RunResult): SearchReport {
  const { events, faults, checks, failure } = result;
  const tally = (kinds: readonly string[]): Tally => {
    const has = kinds.some((kind) => faults[kind] !== undefined);
    const isStuck = failure?.invariant === "I19";
    return {
      seeds: Number(has),
      stuck: Number(has && isStuck),
      diverged: Number(has && !isStuck && !!failure),
    };
  };
  return {
    seeds: 1,
    events,
    faults,
    checks,
    partitions: tally(["partition", "go-offline"]),
    kills: tally(["kill", "tab-killed", "power-cut", "tail-lost"]),
    failures: failure ? [{ seed, ...failure }] : [],
    done: false,
  };
}

async function search({ from, step, count, forMs }: SearchOrder): Promise<void> {
  const startedMs = performance.now();
  let report = emptyReport();
  let toldMs = startedMs;
  const tell = (done: boolean) => {
    postMessage({ ...report, done });
    report = emptyReport();
    toldMs = performance.now();
  };
  for (let n = 0; n < count && performance.now() - startedMs < forMs; n++) {
    const seed = from + n * step;
    addReport(report, reportOf(seed, await runChecked(seed)));
    if (performance.now() - toldMs > reportEveryMs) tell(false);
  }
  tell(true);
}

declare function postMessage(message: unknown): void;
const scope = globalThis as unknown as { onmessage?: (event: MessageEvent<SearchOrder>) => void };
if (typeof postMessage === "function") scope.onmessage = (event) => void search(event.data);
