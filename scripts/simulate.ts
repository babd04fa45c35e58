/**
 * Worlds without end, looked at after every event: see `tests/simulation/`.
 *
 *     deno task simulate --seed N            replays one seed and prints what happened
 *     deno task simulate --minutes M         searches, from a random seed or `--from SEED`, with `--jobs J`
 *     deno task simulate --count N           the same for N seeds
 *
 * A replay takes `--keep 3,5-9` (only these operations) and `--without net-delay,d2` (kinds of faults, devices):
 * what a failing seed was shrunk to.
 */
import {
  addReport,
  emptyReport,
  type SearchOrder,
  type SearchReport,
} from "../tests/simulation/search_worker.ts";
import { misfitOf, readRunOptions, replayCommand } from "../tests/simulation/replay.ts";
import { runSeed } from "../tests/simulation/run_seed.ts";
import { shrink } from "../tests/simulation/shrink.ts";

const replayNames = ["seed", "keep", "without"] as const;
const searchNames = ["minutes", "count", "jobs", "from"] as const;
const names = [...replayNames, ...searchNames];
const progressEveryMs = 10_000;
const jobsMax = 64;
/** Failing seeds that are shrunk and shown; the others are only named. */
const shownMax = 3;

type Name = (typeof names)[number];
type Options = Partial<Record<Name, string>>;

/** Runs from the command line's arguments; resolves to the exit code. */
export async function simulate(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  if (options.seed !== undefined) return await replay(Number(options.seed), options);
  return await search(options);
}

async function replay(seed: number, options: Options): Promise<number> {
  const misfit = misfitOf(seed, options);
  if (misfit !== null) {
    console.error(misfit);
    return 2;
  }
  const run = readRunOptions(options);
  const result = await runSeed(seed, { ...run, trace: true });
  console.log(result.lines!.join("\n"));
  console.log(`\nfaults ${summary(result.faults)}\ntrace ${result.traceHash}, ${result.events} events`);
  if (!result.failure) {
    console.log("Every invariant held.");
    return 0;
  }
  console.log(`${result.failure.invariant} broken: ${result.failure.message}\n${replayCommand(seed, run)}`);
  return 1;
}

async function search(options: Options): Promise<number> {
  const { minutes, count, jobs = "1", from = String(Math.floor(Math.random() * 10 ** 9)) } = options;
  const jobCount = Math.min(jobsMax, Number(jobs));
  const forMs = minutes === undefined ? Infinity : Number(minutes) * 60_000;
  const total = count === undefined ? (minutes === undefined ? 1_000 : Infinity) : Number(count);
  console.log(`from seed ${from}, ${jobCount} jobs`);
  const sum = emptyReport();
  const startedMs = performance.now();
  const line = () => {
    const seconds = (performance.now() - startedMs) / 1000;
    const rate = (n: number) => (n / seconds).toFixed(n / seconds < 10 ? 1 : 0);
    const checks = Object.values(sum.checks).reduce((all, n) => all + n, 0);
    return `${sum.seeds} seeds (${rate(sum.seeds)}/s), ${sum.events} events (${rate(sum.events)}/s), ` +
      `faults: ${familiesOf(sum.faults)}; ` +
      `${checks} checks of ${Object.keys(sum.checks).length} rules, ${sum.failures.length} failures`;
  };
  const ticker = setInterval(() => console.log(line()), progressEveryMs);
  await Promise.all(Array.from({ length: jobCount }, (_, n) => {
    const share = total === Infinity ? Infinity : Math.floor((total + jobCount - 1 - n) / jobCount);
    return runWorker({ from: Number(from) + n, step: jobCount, count: share, forMs }, (part) => {
      for (const { seed, invariant, message } of part.failures) {
        console.log(`seed ${seed}: ${invariant}: ${message.split("\n")[0]!.slice(0, 300)}`);
      }
      addReport(sum, part);
    });
  }));
  clearInterval(ticker);
  for (const { seed } of sum.failures.slice(0, shownMax)) await showShrunk(seed);
  const { partitions, kills } = sum;
  console.log(`\n${line()}`);
  console.log(`faults ${summary(sum.faults)}\nchecks ${summary(sum.checks)}`);
  console.log(
    `partition seeds ${partitions.seeds}: ${partitions.stuck} stuck, ${partitions.diverged} diverged`,
  );
  console.log(`kill seeds ${kills.seeds}: ${kills.stuck} stuck, ${kills.diverged} diverged`);
  if (sum.failures.length > 0) {
    console.log(
      `failing seeds ${sum.failures.map(({ seed, invariant }) => `${seed} (${invariant})`).join(", ")}`,
    );
  }
  if (sum.seeds === 0) {
    console.error("No seed was run, which proves nothing: give it more time.");
    return 1;
  }
  return sum.failures.length === 0 ? 0 : 1;
}

async function showShrunk(seed: number): Promise<void> {
  const shrunk = await shrink(seed);
  const result = await runSeed(seed, { ...shrunk, trace: true });
  console.log(`\n${result.lines!.join("\n")}`);
  console.log(
    `${result.failure!.invariant} broken: ${result.failure!.message}\n${replayCommand(seed, shrunk)}`,
  );
}

function runWorker(order: SearchOrder, tell: (part: SearchReport) => void): Promise<void> {
  const url = new URL("../tests/simulation/search_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<SearchReport>) => {
      tell(data);
      if (!data.done) return;
      worker.terminate();
      resolve();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      reject(new Error(event.message));
    };
    worker.postMessage(order);
  });
}

function summary(counts: Record<string, number>): string {
  const entries = Object.entries(counts).sort(([a], [b]) => a < b ? -1 : 1);
  return entries.map(([name, count]) => `${name} ${count}`).join(", ");
}

/** Faults by where they strike; each kind by itself is told in the end. */
function familiesOf(counts: Record<string, number>): string {
  const families = new Map(["net", "disk", "ledger", "pages and people"].map((name) => [name, 0]));
  for (const [kind, count] of Object.entries(counts)) {
    const prefix = kind.split("-")[0]!;
    const family = families.has(prefix) ? prefix : "pages and people";
    families.set(family, families.get(family)! + count);
  }
  return [...families].map(([name, count]) => `${name} ${count}`).join(", ");
}

const isInteger = (text: string) => /^\d{1,10}$/.test(text);
const isCount = (text: string) => isInteger(text) && Number(text) >= 1;
/** Whether a value has its option's form; what the lists name is judged with the seed's world. */
const forms: Record<Name, (text: string) => boolean> = {
  seed: isInteger,
  from: isInteger,
  count: isCount,
  jobs: isCount,
  minutes: (text) => /^\d{1,10}(\.\d{1,10})?$/.test(text) && Number(text) > 0,
  keep: () => true,
  without: () => true,
};

function readArguments(args: readonly string[]): Options | string {
  const options: Options = {};
  for (let i = 0; i < args.length; i += 2) {
    const [name = "", value = ""] = args.slice(i);
    const known = names.find((one) => name === `--${one}`);
    if (!known || !forms[known](value)) {
      return `Cannot simulate with "${name} ${value}": ${
        names.map((one) => `--${one}`).join(", ")
      } are known; ` +
        "numbers have up to 10 digits, and there must be something to run: --minutes more than 0, --count and " +
        "--jobs at least 1.";
    }
    options[known] = value;
  }
  // What would have no effect was meant to have one.
  const idle = (options.seed === undefined ? ["keep", "without"] as const : searchNames)
    .find((name) => options[name] !== undefined);
  if (idle !== undefined) {
    return options.seed === undefined
      ? `Cannot simulate with --${idle} alone: it belongs to the replay of one seed, --seed N.`
      : `Cannot simulate with --seed and --${idle}: a replay is of one seed, a search begins --from SEED.`;
  }
  return options;
}

if (import.meta.main) Deno.exit(await simulate(Deno.args));
