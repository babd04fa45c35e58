/**
 * Settles a run of changes in memory, in order, on the state that was read: verdicts, and the steps that a
 * commit will make true. Pure but for nothing: no I/O, so that a lost race costs only another run.
 *
 * Invariant: a verdict that says "settled" is used only after its step was committed with the head unmoved.
 */
import { addTerm, jsonBytes, removeTerm, type Verdict } from "../../shared/mod.ts";
import { entityBytes } from "./entity_bytes.ts";
import type { Prepared } from "./prepare.ts";
import { resolveChange, type ResolveInput, type Settlement } from "./resolve.ts";
import {
  entityKey,
  type EntityState,
  type Head,
  type LogRow,
  type Mark,
  type SettledStep,
} from "./records.ts";
import type { EntityRead } from "./ledger_store.ts";

/** What a request has brought about so far; carried from one attempt to the next. */
export interface RequestMemory {
  /** Versions made by changes of this request, replayed ones too. */
  ownVersions: Set<number>;
  /** Entities whose CREATED was rejected in this request. */
  rejectedKeys: Set<string>;
  /** Bytes of entities looked at and written, whatever the verdicts. */
  touchedBytes: number;
}

/** What was read for the run. */
export interface ReadState {
  head: Head;
  marks: Map<string, Mark | null>;
  entities: Map<string, EntityRead>;
}

/** Fixed facts of the request. */
export interface SettleContext {
  cursor: number;
  deviceId?: string;
  createdAt: string;
  validateData?: ResolveInput["validateData"];
  touchedBytesMax: number;
}

/** One change after the run. */
export interface Settled {
  verdict: Verdict;
  /** What must be committed for the verdict to hold; absent if nothing is written. */
  step?: SettledStep;
  /** A replay of a conflict: version of the row that tells it. */
  replayedConflict?: number;
  /** The verdict rests on state that only an unmoved head vouches for. */
  needsHead: boolean;
  /** Effects on the request's memory, to be kept once the verdict holds. */
  ownVersion?: number;
  rejectedKey?: string;
  acceptedKey?: string;
  touchedBytes: number;
}

/** Settles from the front; a shorter result means the request's budget was used up. */
export function settleRun(
  run: readonly Prepared[],
  state: ReadState,
  memory: RequestMemory,
  context: SettleContext,
): Settled[] {
  const working: Working = {
    head: state.head,
    marks: new Map(state.marks),
    entities: new Map(state.entities),
    memory: {
      ownVersions: new Set(memory.ownVersions),
      rejectedKeys: new Set(memory.rejectedKeys),
      touchedBytes: memory.touchedBytes,
    },
    headRead: state.head,
  };
  const settled: Settled[] = [];
  for (const prepared of run) {
    const overBudget = working.memory.touchedBytes >= context.touchedBytesMax;
    const next = overBudget ? null : settleOne(prepared, working, context);
    if (next === null) break;
    keepInMemory(working.memory, next);
    settled.push(next);
  }
  return settled;
}

/** Notes what a settled change means for the rest of its request. */
export function keepInMemory(memory: RequestMemory, settled: Settled): void {
  if (settled.ownVersion !== undefined) memory.ownVersions.add(settled.ownVersion);
  if (settled.rejectedKey !== undefined) memory.rejectedKeys.add(settled.rejectedKey);
  if (settled.acceptedKey !== undefined) memory.rejectedKeys.delete(settled.acceptedKey);
  memory.touchedBytes += settled.touchedBytes;
}

interface Working {
  head: Head;
  headRead: Head;
  marks: Map<string, Mark | null>;
  entities: Map<string, EntityRead>;
  memory: RequestMemory;
}

function settleOne(prepared: Prepared, working: Working, context: SettleContext): Settled | null {
  if (!prepared.ok) {
    return {
      verdict: prepared.verdict,
      needsHead: false,
      ...(prepared.createdKey === null ? {} : { rejectedKey: prepared.createdKey }),
      touchedBytes: 0,
    };
  }
  const mark = working.marks.get(prepared.markId) ?? null;
  if (mark) return replay(prepared, mark);
  const entity = working.entities.get(prepared.key) ?? null;
  if (entity === "too_much") return null;
  return settleFresh(prepared, entity, working, context);
}

function replay(prepared: Prepared & { ok: true }, mark: Mark): Settled {
  const { changeId } = prepared.change;
  if (mark.digest !== prepared.digest) {
    return {
      verdict: {
        changeId,
        status: "rejected",
        code: "change_id_reused",
        reason: "This changeId was used before for another change. Give every change an id of its own.",
      },
      needsHead: false,
      ...(prepared.change.type === "CREATED" ? { rejectedKey: prepared.key } : {}),
      touchedBytes: 0,
    };
  }
  return {
    verdict: { changeId, status: "duplicate", version: mark.version, original: mark.status },
    needsHead: false,
    // What changed nothing made no version: the one it met belongs to somebody else.
    ...(mark.status === "duplicate" ? {} : { ownVersion: mark.version }),
    ...(mark.status === "conflict" ? { replayedConflict: mark.version } : {}),
    ...(prepared.change.type === "CREATED" ? { acceptedKey: prepared.key } : {}),
    touchedBytes: 0,
  };
}

function settleFresh(
  prepared: Prepared & { ok: true },
  entity: EntityState | null,
  working: Working,
  context: SettleContext,
): Settled {
  const { change, digest, key } = prepared;
  const { deviceId, createdAt, validateData } = context;
  const asked = change.baseVersion ?? context.cursor;
  const base = asked > working.headRead.version ? 0 : asked;
  const version = working.head.version + 1;
  const resolution = resolveChange({
    change,
    entity,
    version,
    base,
    ownVersions: working.memory.ownVersions,
    dependsOnRejected: working.memory.rejectedKeys.has(key),
    createdAt,
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(validateData === undefined ? {} : { validateData }),
  });
  const { changeId } = change;
  if (resolution.kind === "rejected") {
    const { code, reason } = resolution;
    return {
      verdict: { changeId, status: "rejected", code, reason },
      needsHead: true,
      ...(change.type === "CREATED" ? { rejectedKey: key } : {}),
      touchedBytes: entityBytes(entity),
    };
  }
  const acceptedKey = change.type === "CREATED" ? { acceptedKey: key } : {};
  if (resolution.kind === "unchanged") {
    const mark: Mark = { version: resolution.version, status: "duplicate", digest };
    working.marks.set(prepared.markId, mark);
    return {
      verdict: { changeId, status: "duplicate", version: resolution.version },
      step: { head: working.head, changeId: prepared.markId, mark },
      needsHead: true,
      ...acceptedKey,
      touchedBytes: entityBytes(entity),
    };
  }
  const mark: Mark = { version, status: resolution.status, digest };
  const { after } = resolution;
  working.head = headAfter(working.head, version, entity, after);
  working.marks.set(prepared.markId, mark);
  if (after) working.entities.set(key, after);
  const row = rowOf(prepared, resolution, { version, base, createdAt, deviceId }, entity);
  return {
    verdict: { changeId, status: resolution.status, version },
    step: {
      head: working.head,
      changeId: prepared.markId,
      mark,
      row,
      ...(after ? { entity: { before: entity, after } } : {}),
    },
    needsHead: true,
    ownVersion: version,
    ...acceptedKey,
    touchedBytes: entityBytes(entity) + entityBytes(after),
  };
}

function headAfter(head: Head, version: number, before: EntityState | null, after?: EntityState): Head {
  if (!after) return { ...head, version };
  const live = (entity: EntityState | null) => entity !== null && !entity.deleted;
  const without = before ? removeTerm(head.checksum, before.checksumTerm) : head.checksum;
  return {
    ...head,
    version,
    checksum: addTerm(without, after.checksumTerm),
    entityCount: head.entityCount + Number(live(after)) - Number(live(before)),
  };
}

function rowOf(
  { change }: Prepared & { ok: true },
  { status, effect, took, conflict, after }: Settlement,
  at: { version: number; base: number; createdAt: string; deviceId: string | undefined },
  entity: EntityState | null,
): LogRow {
  const row: LogRow = {
    version: at.version,
    changeId: change.changeId,
    type: change.type,
    entityType: change.entityType,
    entityId: change.entityId,
    // What is created is the entity, and that is weighed already.
    dataBytes: effect === "created" && after ? after.dataBytes : jsonBytes(change.data ?? null),
    timestamp: change.timestamp,
    retryCount: change.retryCount ?? 0,
    baseVersion: at.base,
    createdAt: at.createdAt,
    status,
    effect,
  };
  if (change.data !== undefined) row.data = change.data;
  if (change.unset !== undefined) row.unset = change.unset;
  if (at.deviceId !== undefined) row.deviceId = at.deviceId;
  if (took) row.took = took;
  if (conflict) row.conflict = conflict;
  // The entity knows the author of its latest version, which spares reading that row.
  if (row.conflict && entity && entity.version === row.conflict.theirs.version) {
    const { changeId, createdAt } = entity.origin;
    row.conflict = { ...row.conflict, theirs: { ...row.conflict.theirs, changeId, createdAt } };
  }
  return row;
}

/** The refs of a run, each entity once. */
export function refsOf(run: readonly Prepared[]): Map<string, { entityType: string; entityId: string }> {
  const refs = new Map<string, { entityType: string; entityId: string }>();
  for (const prepared of run) {
    if (!prepared.ok) continue;
    const { entityType, entityId } = prepared.change;
    refs.set(entityKey({ entityType, entityId }), { entityType, entityId });
  }
  return refs;
}
