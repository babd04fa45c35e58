/**
 * The work of one V1 push: records in chunks, each chunk read, decided and committed. A chunk holds no entity
 * twice, so that what was read is what every decision of it may rest on. What a chunk has left behind is known to
 * the next, so that a request that names one entity a thousand times reads it once.
 */
import type { PushedChange } from "../../shared/mod.ts";
import type { V1Outcome, V1Push, V1Record } from "../ports.ts";
import { backoffMs, budget } from "./budget.ts";
import type { LedgerDeps } from "./deps.ts";
import { entityBytes } from "./entity_bytes.ts";
import type { EntityRead, HeadRead, HeadToken } from "./ledger_store.ts";
import { nameOtherSides } from "./other_sides.ts";
import { prepareChanges } from "./prepare.ts";
import {
  type DeviceRow,
  emptyHead,
  type EntityState,
  type Head,
  type Mark,
  type SettledStep,
} from "./records.ts";
import { settleRun } from "./settle.ts";
import { decideV1, type V1Decision, type V1View } from "./v1_decide.ts";
import { outcomeOf, refusedOutcome, type V1Decided } from "./v1_outcome.ts";
import { readV1Record, type V1Ready } from "./v1_record.ts";

/** Bounds of one V1 push; what is not reached is found done by the same request sent again. */
export const v1RunBounds = {
  /** Records of one read. */
  recordsPerReadMax: 500,
  /** Reads of one request: more than 8 MiB of the smallest records need. */
  readsMax: 4000,
  /** Commits of one request: 8 MiB of typical records are about 60. */
  commitsMax: 100,
  /** Bytes of entities looked at and written: twice what a pull may hold, for records that name them again. */
  touchedBytesMax: 128 * 1024 * 1024,
} as const;

/** A record that waits for its outcome. */
interface Pending {
  index: number;
  record: V1Ready;
}

/** A V1 push under way. */
export interface V1Run extends V1View {
  deps: LedgerDeps;
  user: string;
  firstRead: HeadRead;
  head: Head;
  token: HeadToken;
  /** By record; all there when the run is done. */
  outcomes: V1Outcome[];
  records: readonly V1Record[];
  /** What changeIds are derived from beside the record: the idempotency key, else the token, else null. */
  source: string | null;
  /** Index of the next record that was not looked at. */
  at: number;
  /** Records to be looked at again, before any other. */
  again: Pending[];
  ownVersions: Set<number>;
  /** Newest version that this device has shown to have pulled, for its row. */
  lastPulled: number;
  commits: number;
  touchedBytes: number;
  /** Entities as the last chunk left them, by key; they hold as long as the head is the one that `token` names. */
  known: ReadonlyMap<string, EntityState | null>;
}

/** What was read for a chunk. */
export interface V1ChunkState {
  marks: (Mark | null)[];
  entities: EntityRead[];
}

/** A run at its beginning; base and device are still to be set. */
export function createV1Run(
  deps: LedgerDeps,
  user: string,
  { records, idempotency, token }: V1Push,
  read: HeadRead,
): V1Run {
  const source = idempotency?.key ?? token ?? null;
  return {
    deps,
    user,
    firstRead: read,
    head: read.head ?? emptyHead,
    token: read.token,
    outcomes: [],
    records,
    source,
    at: 0,
    again: [],
    base: 0,
    fromErased: false,
    ownVersions: new Set(),
    lastPulled: 0,
    commits: 0,
    touchedBytes: 0,
    known: new Map(),
  };
}

/** Whether every record has its outcome. */
function isDone(run: V1Run): boolean {
  return run.again.length === 0 && run.at === run.records.length;
}

/**
 * The next records, no entity twice; possibly none that can be decided on. They are read here and not at once:
 * a request may have hundreds of thousands, and others are waiting for their turn.
 */
export function takeV1Chunk(run: V1Run): Pending[] {
  const chunk: Pending[] = [];
  const keys = new Set<string>();
  for (let looked = 0; looked < v1RunBounds.recordsPerReadMax && !isDone(run); looked++) {
    const next = run.again.shift() ?? readNext(run);
    if (next === null) continue;
    if (keys.has(next.record.key)) {
      run.again.unshift(next);
      break;
    }
    keys.add(next.record.key);
    chunk.push(next);
  }
  return chunk;
}

/** Null for a record that cannot be decided on, whose outcome is noted. */
function readNext(run: V1Run): Pending | null {
  const index = run.at++;
  const record = readV1Record(run.user, run.source, run.records[index]!);
  if (record.ok) return { index, record };
  run.outcomes[index] = refusedOutcome(record);
  return null;
}

/** Reads what a chunk is decided on. */
export async function readV1Chunk(run: V1Run, chunk: readonly Pending[]): Promise<V1ChunkState> {
  if (chunk.length === 0) return { marks: [], entities: [] };
  const unknown = chunk.filter(({ record }) => !run.known.has(record.key));
  const { marks, entities } = await run.deps.store.readState(
    run.user,
    run.head.prefix,
    chunk.map(({ record }) => record.changeId),
    unknown.map(({ record: { entityType, entityId } }) => ({ entityType, entityId })),
    budget.touchedBytesMax,
  );
  const read = new Map(unknown.map(({ record }, i) => [record.key, entities[i] ?? null]));
  return { marks, entities: chunk.map(({ record: { key } }) => run.known.get(key) ?? read.get(key) ?? null) };
}

/** Settles everything, from the first chunk on. `busy`: not all; `restart`: the history has ended meanwhile. */
export async function settleV1Run(
  run: V1Run,
  firstChunk: Pending[],
  firstState: V1ChunkState,
): Promise<"done" | "busy" | "restart"> {
  let chunk = firstChunk;
  let state = firstState;
  let lost = 0;
  for (let reads = 1; chunk.length > 0 || !isDone(run); reads++) {
    if (reads > v1RunBounds.readsMax || run.touchedBytes > v1RunBounds.touchedBytesMax) return "busy";
    if (chunk.length === 0 || await settleChunk(run, chunk, state)) {
      lost = 0;
    } else {
      if (run.commits >= v1RunBounds.commitsMax) return "busy";
      if (++lost === budget.attemptsMax) return "busy";
      if (!await rereadHead(run, lost)) return "restart";
    }
    chunk = takeV1Chunk(run);
    state = await readV1Chunk(run, chunk);
  }
  return "done";
}

async function rereadHead(run: V1Run, lost: number): Promise<boolean> {
  const { deps, user, firstRead } = run;
  await deps.clock.sleep(backoffMs(lost, deps.random.next()));
  const read = await deps.store.readHead(user);
  const head = read.head ?? emptyHead;
  const same = head.prefix === run.head.prefix && head.epochNumber === run.head.epochNumber &&
    read.generation === firstRead.generation;
  run.head = head;
  run.token = read.token;
  run.known = new Map();
  return same;
}

interface Decided extends V1Decided {
  pending: Pending;
}

/** False if not all of it stands: somebody else has written meanwhile, or the request's commits are used up. */
async function settleChunk(run: V1Run, chunk: Pending[], state: V1ChunkState): Promise<boolean> {
  const decided = decideChunk(run, chunk, state);
  const steps = await settleDecided(run, decided);
  const written = steps.length > 0
    ? await commitSteps(run, steps)
    : { ok: await isVouchedFor(run, decided), steps: 0 };
  let step = 0;
  const open: Pending[] = [];
  for (const one of decided) {
    const isOpen = one.settled?.step ? step++ >= written.steps : !written.ok;
    if (isOpen) open.push(one.pending);
    else run.outcomes[one.pending.index] = outcomeOf(one);
    run.touchedBytes += entityBytes(one.entity) + entityBytes(one.settled?.step?.entity?.after);
  }
  run.known = new Map(decided.map((one) => [one.pending.record.key, stateAfter(one)]));
  run.again = [...open, ...run.again];
  return written.ok;
}

function stateAfter({ entity, settled }: V1Decided): EntityState | null {
  return settled?.step?.entity?.after ?? entity;
}

function decideChunk(run: V1Run, chunk: Pending[], { marks, entities }: V1ChunkState): Decided[] {
  const decided: Decided[] = [];
  const tooMuch: Pending[] = [];
  for (const [i, pending] of chunk.entries()) {
    const entity = entities[i] ?? null;
    const mark = marks[i] ?? null;
    if (entity === "too_much") tooMuch.push(pending);
    else {
      const { record } = pending;
      // Written by an earlier run of this request, so a later record of the same entity has seen it.
      if (mark && mark.status !== "duplicate") run.ownVersions.add(mark.version);
      decided.push({ pending, record, entity, mark, decision: decideV1(record, entity, mark, run) });
    }
  }
  run.again = [...tooMuch, ...run.again];
  return decided;
}

/** Settles what is a change by the ledger's own rules. */
async function settleDecided(run: V1Run, decided: readonly Decided[]): Promise<SettledStep[]> {
  const { deps, user, head, deviceId } = run;
  const writers = decided.filter(({ decision }) => decision.change !== null);
  const nowMs = deps.clock.nowMs();
  const prepared = await prepareChanges(
    writers.map(({ pending: { record }, decision }) => changeOf(record, decision, run.base, nowMs)),
    deps.sha256Hex,
  );
  const validateData = deps.config?.validateData;
  const settled = settleRun(
    prepared,
    {
      head,
      marks: new Map(),
      entities: new Map(writers.map(({ pending, entity }) => [pending.record.key, entity])),
    },
    { ownVersions: run.ownVersions, rejectedKeys: new Set(), touchedBytes: 0 },
    {
      cursor: run.base,
      createdAt: new Date(nowMs).toISOString(),
      touchedBytesMax: Infinity,
      ...(deviceId === undefined ? {} : { deviceId }),
      ...(validateData === undefined ? {} : { validateData }),
    },
  );
  await nameOtherSides(deps.store, user, head.prefix, settled);
  for (const [i, one] of settled.entries()) writers[i]!.settled = one;
  return settled.flatMap(({ step }) => step ? [step] : []);
}

function changeOf(record: V1Ready, { change }: V1Decision, base: number, nowMs: number): PushedChange {
  const { changeId, entityType, entityId, atMs } = record;
  return { ...change!, changeId, entityType, entityId, timestamp: atMs ?? nowMs, baseVersion: base };
}

async function commitSteps(run: V1Run, steps: SettledStep[]): Promise<{ ok: boolean; steps: number }> {
  let written = 0;
  while (written < steps.length && run.commits < v1RunBounds.commitsMax) {
    const result = await run.deps.store.commit(run.user, run.token, steps.slice(written), deviceOf(run));
    if (!result.ok) return { ok: false, steps: written };
    for (const { mark } of steps.slice(written, written + result.committed)) {
      run.ownVersions.add(mark.version);
    }
    run.commits++;
    run.token = result.token;
    written += result.committed;
    run.head = steps[written - 1]!.head;
  }
  return { ok: written === steps.length, steps: written };
}

/** With the first commit only. */
function deviceOf({ deps, deviceId, head, lastPulled, commits }: V1Run): DeviceRow | undefined {
  if (deviceId === undefined || commits > 0) return undefined;
  return {
    deviceId,
    lastSeenMs: deps.clock.nowMs(),
    lastKnownServerVersion: Math.min(lastPulled, head.version),
    prefix: head.prefix,
  };
}

/**
 * Nothing to commit. What was read is what stood at that time, and needs no more; but an entity that seems not to
 * be there may have been replaced while it was read, and one that an earlier chunk left behind may have moved before
 * its mark was read.
 */
async function isVouchedFor(run: V1Run, decided: readonly Decided[]): Promise<boolean> {
  const isFresh = ({ entity, pending }: Decided) => entity !== null && !run.known.has(pending.record.key);
  if (decided.every(isFresh)) return true;
  return (await run.deps.store.readHead(run.user)).token === run.token;
}
