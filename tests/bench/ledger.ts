/**
 * `deno task bench`: the ledger beside raw Deno KV that does the same reads and writes, in one run, as ratios.
 * Both work on files of their own, in turns; results are checked outside of what is measured. A workload's name, or
 * a part of it, narrows it.
 */
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { nodeSha256 } from "../../api/adapters/node_sha256.ts";
import { systemClock } from "../../api/adapters/system_clock.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { systemRandom } from "../../api/adapters/system_random.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import type { Ledger } from "../../api/ports.ts";
import type { SyncRequest, SyncResponse } from "../../shared/mod.ts";
import { practiceEntry } from "./practice_entry.ts";
import { createReplay, type Recording, recordingKv } from "./recorded_kv.ts";

const rounds = 9;
const deviceOf = (n: number) => `d0000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** Requests that run one after another; the next may depend on the answer before. */
type Client = { user: string; next(answer: SyncResponse | null): SyncRequest | null };

interface Workload {
  name: string;
  /** Fills the store before anything is measured. */
  prepare?(ledger: Ledger): Promise<void>;
  /** Clients that work at the same time. */
  clients(): Client[];
  /** Throws if the answers are not what they must be. */
  verify(answers: SyncResponse[]): void;
  /** Clients of one user: their transactions come one after another, in the floor too. */
  oneUser?: boolean;
  /** Only reads: both sides may use one file. */
  readOnly?: boolean;
}

const entries = (user: number, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => practiceEntry(user, from + i));

function pushes(user: string, device: number, batches: SyncRequest["changes"][], limit = 500): Client {
  let at = 0;
  return {
    user,
    next(answer) {
      const changes = batches[at++];
      if (!changes) return null;
      const cursor = answer?.latestServerVersion ?? 0;
      const epoch = answer ? { epoch: answer.epoch } : {};
      return { lastKnownServerVersion: cursor, changes, deviceId: deviceOf(device), limit, ...epoch };
    },
  };
}

function pull(compacted: boolean, epochOf: () => string): Client {
  return {
    user: "ada",
    next(answer) {
      if (answer && !answer.hasMore) return null;
      const cursor = answer?.latestServerVersion ?? (compacted ? 0 : 1);
      const common = { lastKnownServerVersion: cursor, changes: [], deviceId: deviceOf(2), limit: 1000 };
      if (answer) return { ...common, epoch: answer.epoch, ...(answer.snapshot ? { snapshot: true } : {}) };
      return compacted ? common : { ...common, epoch: epochOf() };
    },
  };
}

async function tenThousand(ledger: Ledger): Promise<string> {
  const batches = [entries(0, 0, 1), ...Array.from({ length: 20 }, (_, i) => entries(0, 1 + i * 500, 500))];
  const answers = await runClient(ledger, pushes("ada", 1, batches));
  expectApplied(answers, 10_001);
  return answers.at(-1)!.epoch;
}

function expectApplied(answers: SyncResponse[], count: number): void {
  const applied = answers.flatMap(({ results }) => results).filter(({ status }) => status === "applied");
  if (applied.length !== count) throw new Error(`${applied.length} changes applied, ${count} expected`);
}

function expectPulled(answers: SyncResponse[], count: number): void {
  const pulled = answers.reduce((sum, { newChanges }) => sum + newChanges.length, 0);
  if (pulled !== count || answers.at(-1)?.hasMore !== false) {
    throw new Error(`${pulled} pulled, ${count} expected`);
  }
}

let epoch = "";
const prepare = async (ledger: Ledger) => void (epoch = await tenThousand(ledger));

const workloads: Workload[] = [
  {
    name: "push of 1,000 changes",
    clients: () => [pushes("ada", 1, [entries(0, 0, 500), entries(0, 500, 500)])],
    verify: (answers) => expectApplied(answers, 1000),
  },
  {
    name: "compacted pull of 10,000",
    prepare,
    clients: () => [pull(true, () => epoch)],
    verify: (answers) => expectPulled(answers, 10_001),
    readOnly: true,
  },
  {
    name: "delta pull of 10,000",
    prepare,
    clients: () => [pull(false, () => epoch)],
    verify: (answers) => expectPulled(answers, 10_000),
    readOnly: true,
  },
  {
    name: "100 users × 10 changes at once",
    clients: () => Array.from({ length: 100 }, (_, i) => pushes(`user-${i}`, i, [entries(i, 0, 10)])),
    verify: (answers) => expectApplied(answers, 1000),
  },
  {
    name: "one user, 100 devices × 10 at once",
    clients: () => Array.from({ length: 100 }, (_, i) => pushes("ada", i, [entries(i, 0, 10)], 1)),
    verify: (answers) => expectApplied(answers, 1000),
    oneUser: true,
  },
];

async function runClient(
  ledger: Ledger,
  { user, next }: Client,
  around: (request: () => Promise<void>) => Promise<void> = (request) => request(),
): Promise<SyncResponse[]> {
  const answers: SyncResponse[] = [];
  for (let request = next(null); request; request = next(answers.at(-1)!)) {
    const asked = request;
    await around(async () => {
      const result = await ledger.exchange(user, asked);
      if (!result.ok) throw new Error(`The ledger answered ${result.code}`);
      answers.push(result.response);
    });
  }
  return answers;
}

function ledgerOn(kv: Deno.Kv): Ledger {
  return createLedger({
    store: kvLedgerStore(kv),
    clock: systemClock(),
    ids: systemIds(),
    random: systemRandom(),
    sha256Hex: nodeSha256,
  });
}

async function withKv<T>(folder: string, use: (kv: Deno.Kv) => Promise<T>): Promise<T> {
  const kv = await Deno.openKv(`${folder}/${crypto.randomUUID()}.kv`);
  // Once in a store's life, and a race by design: not part of what is measured.
  await kvLedgerStore(kv).createGeneration(systemIds().uuid());
  try {
    return await use(kv);
  } finally {
    kv.close();
  }
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
}

/** What each client did, request by request. */
async function recordWorkload(kv: Deno.Kv, workload: Workload): Promise<Recording[][]> {
  const recording = recordingKv(kv);
  const ledger = ledgerOn(recording.kv);
  const all = await Promise.all(
    workload.clients().map(async (client) => {
      const recordings: Recording[] = [];
      const answers = await runClient(ledger, client, async (request) => {
        recordings.push(await recording.record(request));
      });
      return { recordings, answers };
    }),
  );
  workload.verify(all.flatMap(({ answers }) => answers));
  return all.map(({ recordings }) => recordings);
}

async function replayWorkload(kv: Deno.Kv, recordings: Recording[][], oneUser: boolean): Promise<void> {
  const { run } = createReplay(kv);
  let chain: Promise<void> = Promise.resolve();
  await Promise.all(recordings.map(async (client) => {
    for (const recording of client) {
      if (!oneUser) {
        await run(recording);
        continue;
      }
      const last = recording.findLastIndex((group) => group.some(({ kind }) => kind === "commit"));
      await (chain = chain.then(() => run(recording.slice(0, last + 1))));
      await run(recording.slice(last + 1));
    }
  }));
}

async function measure(workload: Workload, folder: string): Promise<{ ledgerMs: number[]; rawMs: number[] }> {
  const ledgerMs: number[] = [];
  const rawMs: number[] = [];
  const measureLedger = async (kv: Deno.Kv) => {
    const ledger = ledgerOn(kv);
    const clients = workload.clients();
    let answers: SyncResponse[][] = [];
    ledgerMs.push(
      await timed(async () => {
        answers = await Promise.all(clients.map((client) => runClient(ledger, client)));
      }),
    );
    workload.verify(answers.flat());
  };
  const prepared = async (kv: Deno.Kv) => void await workload.prepare?.(ledgerOn(kv));
  if (workload.readOnly) {
    await withKv(folder, async (kv) => {
      await prepared(kv);
      const recordings = await recordWorkload(kv, workload);
      for (let round = 0; round < rounds; round++) {
        await measureLedger(kv);
        rawMs.push(await timed(() => replayWorkload(kv, recordings, false)));
      }
    });
    return { ledgerMs, rawMs };
  }
  const recordings = await withKv(folder, (kv) => recordWorkload(kv, workload));
  for (let round = 0; round < rounds; round++) {
    await withKv(folder, measureLedger);
    await withKv(folder, async (kv) => {
      rawMs.push(await timed(() => replayWorkload(kv, recordings, workload.oneUser ?? false)));
    });
  }
  return { ledgerMs, rawMs };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const [only = "", ...others] = Deno.args;
const wanted = workloads.filter(({ name }) => name.includes(only));
if (wanted.length === 0 || others.length > 0) {
  console.error(
    `Cannot measure "${Deno.args.join(" ")}": at most one name is taken, or a part of it. There are:\n${
      workloads.map(({ name }) => `  ${name}`).join("\n")
    }`,
  );
  Deno.exit(2);
}
const folder = await Deno.makeTempDir({ prefix: "ledger-bench" });
try {
  console.log(
    `Medians of ${rounds} rounds on files in ${Deno.build.os}'s temporary folder, Deno ${Deno.version.deno}.`,
  );
  console.log(
    `${"".padEnd(38)}${"ledger ms".padStart(10)}${"raw KV ms".padStart(11)}${"ratio".padStart(8)}${
      "of best".padStart(9)
    }`,
  );
  for (const workload of wanted) {
    const { ledgerMs, rawMs } = await measure(workload, folder);
    const [ledger, raw] = [median(ledgerMs), median(rawMs)];
    const cells = [
      ledger.toFixed(1).padStart(10),
      raw.toFixed(1).padStart(11),
      (ledger / raw).toFixed(2).padStart(8),
      // On a machine with other work the fastest round says more than the middle one.
      (Math.min(...ledgerMs) / Math.min(...rawMs)).toFixed(2).padStart(9),
    ];
    console.log(workload.name.padEnd(38) + cells.join(""));
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
