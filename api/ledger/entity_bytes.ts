/**
 * What an entity weighs as it is kept: its data, and what it remembers of the writers of its fields, which may be
 * a multiple of that. Work on an entity costs by this weight, whatever becomes of the work.
 */
import { jsonBytes } from "../../shared/mod.ts";
import type { EntityState } from "./records.ts";

/** A stamp without its name: a version, the place of a device in a list, punctuation. */
const stampBytes = 16;

/** Bytes of an entity; 0 for none. */
export function entityBytes(entity: EntityState | null | undefined): number {
  if (!entity) return 0;
  const { dataBytes, fieldStamps } = entity;
  return dataBytes + jsonBytes([...fieldStamps.keys()]) + stampBytes * fieldStamps.size;
}
