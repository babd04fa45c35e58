/**
 * The verdict on one change, as a pure function of the change and its entity: last write wins in server
 * order, field by field, and whoever has not seen a write that mattered is told.
 *
 * "Unseen" is the only word that decides: a write or deletion above the change's base that neither its own
 * device nor a change of the same request made. No client clock takes part.
 */
import {
  applyEffect,
  type ConflictReason,
  type Effect,
  type JsonObject,
  ownField,
  type PushedChange,
  type RejectionCode,
  sameJson,
  sizeFault,
} from "../../shared/mod.ts";
import { fieldStamp, writeEntity } from "./entity_state.ts";
import type { EffectKind, EntityState, RowConflict, Stamp } from "./records.ts";

/** All that a verdict may depend on. */
export interface ResolveInput {
  change: PushedChange;
  entity: EntityState | null;
  /** Version the change gets if it is settled with a row. */
  version: number;
  /** The cursor when the edit was queued; above the head counts as 0 (the caller sees to that). */
  base: number;
  /** Lower case. */
  deviceId?: string;
  /** Versions made by changes of this same request. */
  ownVersions: ReadonlySet<number>;
  /** Its CREATED was rejected in this request. */
  dependsOnRejected: boolean;
  createdAt: string;
  /** The site's own schema: a reason to refuse, or null. */
  validateData?: (entityType: string, data: JsonObject) => string | null;
}

/** What became of the change. */
export type Resolution =
  | { kind: "rejected"; code: RejectionCode; reason: string }
  /** Changes nothing: marked with the version of the state it met. */
  | { kind: "unchanged"; version: number }
  | Settlement;

/** A change that gets a row. */
export interface Settlement {
  kind: "settled";
  status: "applied" | "merged" | "conflict";
  effect: EffectKind;
  /** Fields that took effect, when not all did. */
  took?: string[];
  conflict?: RowConflict;
  /** The entity after it; absent without effect. */
  after?: EntityState;
}

/** Judges one change that has the right shape and was not settled before. */
export function resolveChange(input: ResolveInput): Resolution {
  const { change, entity } = input;
  if (change.type === "CREATED") {
    const invalid = input.validateData?.(change.entityType, change.data ?? {});
    if (invalid) return { kind: "rejected", code: "invalid_data", reason: invalid };
    return resolveCreated(input);
  }
  if (input.dependsOnRejected) {
    return {
      kind: "rejected",
      code: "dependency_rejected",
      reason: "The change that creates this entity was rejected, so this one has nothing to act on.",
    };
  }
  if (entity === null) {
    return {
      kind: "rejected",
      code: "unknown_entity",
      reason: "There never was an entity with this type and id. Create it first.",
    };
  }
  return change.type === "UPDATED" ? resolveUpdated(input, entity) : resolveDeleted(input, entity);
}

function resolveCreated(input: ResolveInput): Resolution {
  const { change, entity } = input;
  const data = change.data ?? {};
  const live = entity !== null && !entity.deleted;
  if (live && sameJson(entity.data, data)) return { kind: "unchanged", version: entity.version };
  if (entity?.lastDeletion && isUnseen(input, entity.lastDeletion)) return belowDeletion(input, entity);
  if (!live) return take(input, "applied", "created", { type: "CREATED", data });
  const newest = newestUnseen(input, entity);
  if (newest === null) return take(input, "applied", "created", { type: "CREATED", data });
  return joinExisting(input, entity, data, newest);
}

/** A CREATED on a live entity that it has not seen: the live values stand, what only it has is added. */
function joinExisting(input: ResolveInput, entity: EntityState, data: JsonObject, newest: Stamp): Resolution {
  const added = Object.keys(data).filter((name) => !Object.hasOwn(entity.data, name));
  const differing = Object.keys(data).filter((name) =>
    Object.hasOwn(entity.data, name) && !sameJson(entity.data[name], data[name])
  );
  const conflict = describe("already_exists", differing, entity.data, newest);
  if (added.length === 0) return { kind: "settled", status: "conflict", effect: "none", conflict };
  const effect: Effect = { type: "UPDATED", data: pick(data, added) };
  return take(input, "conflict", "updated", effect, { took: added, conflict });
}

function resolveUpdated(input: ResolveInput, entity: EntityState): Resolution {
  const { change } = input;
  const { data = {}, unset = [] } = change;
  if (entity.deleted || (entity.lastDeletion && isUnseen(input, entity.lastDeletion))) {
    return belowDeletion(input, entity);
  }
  const disputed: string[] = [];
  let loser: Stamp | null = null;
  for (const name of namesIn(change)) {
    const stamp = fieldStamp(entity, name);
    if (!stamp || !isUnseen(input, stamp) || sameSide(entity.data, data, name)) continue;
    disputed.push(name);
    if (!loser || stamp[0] > loser[0]) loser = stamp;
  }
  const effect: Effect = unset.length > 0 ? { type: "UPDATED", data, unset } : { type: "UPDATED", data };
  if (loser) {
    return take(input, "conflict", "updated", effect, {
      conflict: describe("same_field", disputed, entity.data, loser),
    });
  }
  return take(input, newestUnseen(input, entity) ? "merged" : "applied", "updated", effect);
}

function resolveDeleted(input: ResolveInput, entity: EntityState): Resolution {
  if (entity.deleted) return { kind: "unchanged", version: entity.version };
  if (entity.lastDeletion && isUnseen(input, entity.lastDeletion)) return belowDeletion(input, entity);
  const effect: Effect = { type: "DELETED" };
  const newest = newestUnseen(input, entity);
  if (newest === null) return take(input, "applied", "deleted", effect);
  const unseen = [...entity.fieldStamps].filter(([, stamp]) => isUnseen(input, stamp)).map(([name]) => name);
  const conflict: RowConflict = {
    ...describe("updated_on_server", unseen, {}, newest),
    theirValues: entity.data,
  };
  return take(input, "conflict", "deleted", effect, { conflict });
}

/** A change made before a deletion that it has not seen: not applied, even if the entity lives again. */
function belowDeletion(input: ResolveInput, entity: EntityState): Settlement {
  const { data = {} } = input.change;
  const lost = namesIn(input.change).filter((name) => !sameSide(entity.data, data, name));
  return {
    kind: "settled",
    status: "conflict",
    effect: "none",
    conflict: describe("deleted_on_server", lost, entity.data, entity.lastDeletion!),
  };
}

/** Lets an effect happen, unless the entity would grow too large or break the site's schema. */
function take(
  input: ResolveInput,
  status: Settlement["status"],
  kind: EffectKind,
  effect: Effect,
  more: { took?: string[]; conflict?: RowConflict } = {},
): Resolution {
  const { change, entity } = input;
  const live = entity !== null && !entity.deleted ? entity.data : undefined;
  const data = applyEffect(live, effect);
  if (data !== undefined && change.type === "UPDATED") {
    const invalid = input.validateData?.(change.entityType, data);
    if (invalid) return { kind: "rejected", code: "invalid_data", reason: invalid };
  }
  const size = data === undefined ? null : sizeFault(data);
  if (size) return { kind: "rejected", code: size.code, reason: size.reason };
  const after = writeEntity(entity, change, {
    effect,
    data,
    stamp: [input.version, input.deviceId ?? null],
    origin: {
      changeId: change.changeId,
      timestamp: change.timestamp,
      ...(input.deviceId === undefined ? {} : { deviceId: input.deviceId }),
      createdAt: input.createdAt,
    },
  });
  return { kind: "settled", status, effect: kind, ...more, after };
}

/** Whether the author of the change cannot have known this write. */
export function isUnseen(
  input: Pick<ResolveInput, "base" | "deviceId" | "ownVersions">,
  [version, deviceId]: Stamp,
): boolean {
  return version > input.base && !(deviceId !== null && deviceId === input.deviceId) &&
    !input.ownVersions.has(version);
}

function newestUnseen(input: ResolveInput, entity: EntityState): Stamp | null {
  let newest: Stamp | null = null;
  for (
    const stamp of [...entity.fieldStamps.values(), ...(entity.removedStamp ? [entity.removedStamp] : [])]
  ) {
    if (isUnseen(input, stamp) && (newest === null || stamp[0] > newest[0])) newest = stamp;
  }
  return newest;
}

/** The fields that a change is about, each once, also where it removes one twice. */
function namesIn({ data = {}, unset = [] }: PushedChange): string[] {
  return [...new Set([...Object.keys(data), ...unset])];
}

/** Whether both sides say the same about a field: equal values, or both without it. */
function sameSide(theirs: JsonObject, yours: JsonObject, name: string): boolean {
  const present = Object.hasOwn(theirs, name);
  return present === Object.hasOwn(yours, name) &&
    (!present || sameJson(ownField(theirs, name), ownField(yours, name)));
}

function describe(reason: ConflictReason, fields: string[], live: JsonObject, newest: Stamp): RowConflict {
  const [version, deviceId] = newest;
  return {
    reason,
    fields,
    theirValues: pick(live, fields),
    theirs: { version, ...(deviceId === null ? {} : { deviceId }) },
  };
}

function pick(data: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(data, name)).map((name) => [name, data[name]]),
  );
}
