/**
 * The pure fold of one effect into one entity. Server state, client base and client view are all this
 * function applied in version order; nothing else in the house may combine a change with an entity.
 */
import type { ChangeType } from "./change.ts";
import type { JsonObject } from "./json.ts";

/** The part of a change that acts on data. */
export interface Effect {
  type: ChangeType;
  data?: JsonObject;
  unset?: readonly string[];
}

/**
 * The entity after `effect`; `undefined` means "does not exist". CREATED replaces it whole, UPDATED replaces
 * top-level fields and never creates (a deleted entity is not revived by an edit), DELETED removes it.
 * Inputs are not modified.
 */
export function applyEffect(current: JsonObject | undefined, effect: Effect): JsonObject | undefined {
  if (effect.type === "DELETED") return undefined;
  if (effect.type === "CREATED") return { ...effect.data };
  if (current === undefined) return undefined;
  const merged: JsonObject = { ...current, ...effect.data };
  for (const name of effect.unset ?? []) delete merged[name];
  return merged;
}
