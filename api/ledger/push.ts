/**
 * The push half of an exchange: read, settle in memory, commit with one check of the head, again if somebody
 * else was faster.
 *
 * Invariants: the head is read before marks and entities (the other way round gives one changeId two rows);
 * a verdict is handed out only once its step stands, or once an unmoved head vouches for what it saw; what
 * was not reached is `retry`, always a suffix.
 */
import type { Conflict, Verdict } from "../../shared/mod.ts";
import type { ExchangeRequest } from "../ports.ts";
import { StoreBusyError } from "../store_busy_error.ts";
import { backoffMs, budget } from "./budget.ts";
import type { LedgerDeps } from "./deps.ts";
import type { CommitResult, HeadRead } from "./ledger_store.ts";
import { nameOtherSides } from "./other_sides.ts";
import { echoedChangeId, type Prepared } from "./prepare.ts";
import {
  type DeviceRow,
  emptyHead,
  entityKey,
  type EntityState,
  type Head,
  type LogRow,
  type SettledStep,
} from "./records.ts";
import {
  keepInMemory,
  type ReadState,
  refsOf,
  type RequestMemory,
  type SettleContext,
  type Settled,
  settleRun,
} from "./settle.ts";
import { tellReplays } from "./tell_replays.ts";
import { toldConflict } from "./wire.ts";

/** What a push did. */
export interface Pushed {
  verdicts: Verdict[];
  conflicts: Conflict[];
  /** The head after the last commit. */
  head: Head;
  /** The log up to here may hold what others wrote; above are only this request's rows. */
  foreignUpTo: number;
  /** This request's new rows, in version order. */
  rows: LogRow[];
  /** Entities as this request left them. */
  entities: Map<string, EntityState>;
  /** Whether the device row went with a commit. */
  deviceWritten: boolean;
}

/** A push, or why there is none. `restart`: the user's data was erased meanwhile, judge anew. */
export type PushResult = { ok: true; pushed: Pushed } | { ok: false; code: "busy" | "restart" };

/** A push that only has to answer: nothing was sent, or nothing may be looked at. */
export function pushNothing(head: Head, changes: readonly unknown[]): Pushed {
  return {
    verdicts: changes.map((change) => ({ changeId: echoedChangeId(change), status: "retry" })),
    conflicts: [],
    head,
    foreignUpTo: head.version,
    rows: [],
    entities: new Map(),
    deviceWritten: false,
  };
}

/** Settles the changes of a request, from the first read on. */
export async function pushChanges(
  deps: LedgerDeps,
  user: string,
  request: ExchangeRequest,
  prepared: readonly Prepared[],
  firstRead: HeadRead,
  device: DeviceRow | undefined,
): Promise<PushResult> {
  const job = createJob(deps, user, request, prepared, firstRead, device);
  try {
    const outcome = await attemptUntilDone(job, firstRead);
    if (outcome !== "done") return { ok: false, code: outcome };
  } catch (error) {
    // What stands must be told; the rest is `retry`.
    if (!(error instanceof StoreBusyError) || job.commits === 0) throw error;
  }
  return { ok: true, pushed: concludeJob(job) };
}

async function attemptUntilDone(job: Job, firstRead: HeadRead): Promise<"done" | "busy" | "restart"> {
  const { deps, user } = job;
  let read = firstRead;
  for (let attempt = 1;; attempt++) {
    if (await attemptPush(job, read) === "done") return "done";
    if (attempt === budget.attemptsMax) return job.settled.length === 0 ? "busy" : "done";
    await deps.clock.sleep(backoffMs(attempt, deps.random.next()));
    read = await deps.store.readHead(user);
    const head = read.head ?? emptyHead;
    const moved = head.prefix !== job.head.prefix || head.epochNumber !== job.head.epochNumber ||
      read.generation !== firstRead.generation;
    if (moved) return "restart";
    job.head = head;
    job.foreignUpTo = head.version;
  }
}

interface Job {
  deps: LedgerDeps;
  user: string;
  prepared: readonly Prepared[];
  context: SettleContext;
  memory: RequestMemory;
  /** Settled or rejected for good, from the front. */
  settled: Settled[];
  /** How far this request goes; less than all where there is no room to tell what replays have met. */
  end: number;
  head: Head;
  foreignUpTo: number;
  commits: number;
  device: DeviceRow | undefined;
  deviceWritten: boolean;
  /** Log rows of conflicts that are told again, by version. */
  replayedRows: Map<number, LogRow>;
}

function createJob(
  deps: LedgerDeps,
  user: string,
  request: ExchangeRequest,
  prepared: readonly Prepared[],
  read: HeadRead,
  device: DeviceRow | undefined,
): Job {
  const head = read.head ?? emptyHead;
  const validateData = deps.config?.validateData;
  return {
    deps,
    user,
    prepared,
    context: {
      cursor: request.lastKnownServerVersion,
      createdAt: new Date(deps.clock.nowMs()).toISOString(),
      touchedBytesMax: budget.touchedBytesMax,
      ...(request.deviceId === undefined ? {} : { deviceId: request.deviceId.toLowerCase() }),
      ...(validateData === undefined ? {} : { validateData }),
    },
    memory: { ownVersions: new Set(), rejectedKeys: new Set(), touchedBytes: 0 },
    settled: [],
    end: prepared.length,
    head,
    foreignUpTo: head.version,
    commits: 0,
    device,
    deviceWritten: false,
    replayedRows: new Map(),
  };
}

async function attemptPush(job: Job, read: HeadRead): Promise<"done" | "moved"> {
  const { deps, user } = job;
  const run = job.prepared.slice(job.settled.length, job.end);
  const state = await readState(job, run);
  const judged = settleRun(run, state, job.memory, job.context);
  // All that is to be told is read before the commit: after it, a store that fails hides no verdict.
  const [settled] = await Promise.all([
    tellReplays(deps.store, user, job, judged),
    nameOtherSides(deps.store, user, job.head.prefix, judged),
  ]);
  if (settled.length < judged.length) job.end = job.settled.length + settled.length;
  const steps = settled.flatMap(({ step }) => step ? [step] : []);
  if (steps.length === 0) return await vouchWithoutCommit(job, settled, read);
  return await commitSteps(job, settled, steps, read);
}

async function readState(job: Job, run: readonly Prepared[]): Promise<ReadState> {
  const ids = [...new Set(run.flatMap((prepared) => prepared.ok ? [prepared.markId] : []))];
  const refs = [...refsOf(run).values()];
  const bytesMax = Math.max(0, budget.touchedBytesMax - job.memory.touchedBytes);
  const { marks, entities } = ids.length === 0
    ? { marks: [], entities: [] }
    : await job.deps.store.readState(job.user, job.head.prefix, ids, refs, bytesMax);
  return {
    head: job.head,
    marks: new Map(ids.map((id, i) => [id, marks[i] ?? null])),
    entities: new Map(refs.map((ref, i) => [entityKey(ref), entities[i] ?? null])),
  };
}

/** Nothing to write: a verdict that rests on state still needs the head to have stood still. */
async function vouchWithoutCommit(job: Job, settled: Settled[], read: HeadRead): Promise<"done" | "moved"> {
  if (settled.some(({ needsHead }) => needsHead)) {
    const again = await job.deps.store.readHead(job.user);
    if (again.token !== read.token) return "moved";
  }
  keepSettled(job, settled);
  return "done";
}

async function commitSteps(
  job: Job,
  settled: Settled[],
  steps: SettledStep[],
  read: HeadRead,
): Promise<"done" | "moved"> {
  let token = read.token;
  let written = 0;
  while (written < steps.length && job.commits < budget.commitsMax) {
    const device = job.deviceWritten ? undefined : job.device;
    const rest = steps.slice(written);
    let result: CommitResult;
    try {
      result = await job.deps.store.commit(job.user, token, rest, device);
    } catch (error) {
      // What the commits before this one made true is told, or left to nobody.
      keepSettled(job, untilStep(settled, written));
      throw error;
    }
    if (!result.ok) {
      keepSettled(job, untilStep(settled, written));
      return "moved";
    }
    job.commits++;
    job.deviceWritten ||= device !== undefined;
    token = result.token;
    written += result.committed;
    job.head = steps[written - 1]!.head;
  }
  keepSettled(job, untilStep(settled, written));
  return "done";
}

/** What holds once `written` steps stand: everything before the first step that does not. */
function untilStep(settled: Settled[], written: number): Settled[] {
  if (written === 0) return [];
  let steps = 0;
  const end = settled.findIndex(({ step }) => step !== undefined && ++steps > written);
  return end === -1 ? settled : settled.slice(0, end);
}

function keepSettled(job: Job, settled: readonly Settled[]): void {
  for (const one of settled) {
    keepInMemory(job.memory, one);
    job.settled.push(one);
  }
}

function concludeJob(job: Job): Pushed {
  const { settled, prepared } = job;
  const verdicts: Verdict[] = settled.map(({ verdict }) => verdict);
  for (const { changeId } of prepared.slice(settled.length).map(verdictId)) {
    verdicts.push({ changeId, status: "retry" });
  }
  const entities = new Map<string, EntityState>();
  const rows: LogRow[] = [];
  for (const { step } of settled) {
    if (step?.row) rows.push(step.row);
    if (step?.entity) entities.set(entityKey(step.entity.after), step.entity.after);
  }
  return {
    verdicts,
    conflicts: conflictsOf(job),
    head: job.head,
    foreignUpTo: job.foreignUpTo,
    rows,
    entities,
    deviceWritten: job.deviceWritten,
  };
}

function verdictId(prepared: Prepared): { changeId: string | null } {
  return { changeId: prepared.ok ? prepared.change.changeId : prepared.verdict.changeId };
}

/** New conflicts and repeated ones, in the order of the request; one changeId gives one conflict. */
function conflictsOf(job: Job): Conflict[] {
  const known = new Map(job.replayedRows);
  for (const { step } of job.settled) if (step?.row) known.set(step.row.version, step.row);
  const told = new Map<number, Conflict>();
  for (const { verdict, replayedConflict } of job.settled) {
    const version = verdict.status === "conflict" ? verdict.version : replayedConflict;
    const row = version === undefined || told.has(version) ? undefined : known.get(version);
    const conflict = row ? toldConflict(row, verdict.changeId ?? row.changeId) : null;
    if (row && conflict) told.set(row.version, conflict);
  }
  return [...told.values()];
}
