/**
 * How an entity remembers who wrote what. Stamps answer one question only: has the author of a change seen
 * this write? So a removed field keeps its stamp, and a deletion keeps one for ever.
 */
import { checksumTerm, type Effect, emptyChecksum, jsonBytes, type JsonObject } from "../../shared/mod.ts";
import type { EntityRef, EntityState, Origin, Stamp } from "./records.ts";

/** Removed fields that keep a stamp of their own; beyond, one stamp stands for all of them. */
export const removedFieldsMax = 1000;

/** What a judged change writes to its entity. */
export interface EntityWrite {
  effect: Effect;
  /** The entity after it; undefined for a deletion. */
  data: JsonObject | undefined;
  stamp: Stamp;
  origin: Origin;
}

/** The last write of a field, if there ever was one. */
export function fieldStamp(entity: EntityState, name: string): Stamp | null {
  return entity.fieldStamps.get(name) ?? (Object.hasOwn(entity.data, name) ? null : entity.removedStamp);
}

/** The entity after a write. */
export function writeEntity(before: EntityState | null, ref: EntityRef, write: EntityWrite): EntityState {
  const { stamp, origin, data } = write;
  const [version] = stamp;
  const common = { entityType: ref.entityType, entityId: ref.entityId, version, origin };
  if (data === undefined) {
    // The deletion's stamp speaks for every field: it is newer than all of theirs.
    return {
      ...common,
      deleted: true,
      data: {},
      fieldStamps: new Map(),
      removedStamp: null,
      lastDeletion: stamp,
      checksumTerm: emptyChecksum,
      dataBytes: 0,
    };
  }
  const stamps = new Map(before?.fieldStamps);
  for (const name of writtenFields(before, write.effect)) stamps.set(name, stamp);
  return {
    ...common,
    deleted: false,
    data,
    ...boundRemoved(stamps, data, before?.removedStamp ?? null),
    lastDeletion: before?.lastDeletion ?? null,
    checksumTerm: checksumTerm(ref.entityType, ref.entityId, version, data),
    dataBytes: jsonBytes(data),
  };
}

function writtenFields(before: EntityState | null, effect: Effect): string[] {
  const written = [...Object.keys(effect.data ?? {}), ...(effect.unset ?? [])];
  // A CREATED that replaces a live entity removes, and so writes, every field that it drops.
  if (effect.type === "CREATED" && before) written.push(...Object.keys(before.data));
  return written;
}

function boundRemoved(
  stamps: Map<string, Stamp>,
  data: JsonObject,
  removedStamp: Stamp | null,
): { fieldStamps: Map<string, Stamp>; removedStamp: Stamp | null } {
  const removed = [...stamps].filter(([name]) => !Object.hasOwn(data, name));
  if (removed.length <= removedFieldsMax) return { fieldStamps: stamps, removedStamp };
  let newest = removedStamp ?? [0, null] as Stamp;
  for (const [name, stamp] of removed) {
    stamps.delete(name);
    if (stamp[0] > newest[0]) newest = stamp;
  }
  // Several devices' removals share this stamp, so it may not pass for anybody's own.
  return { fieldStamps: stamps, removedStamp: [newest[0], null] };
}
