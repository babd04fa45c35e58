/** Undo as an ordinary change: the inverse of an edit, made from the entity before it. */
import { applyEffect, type ChangeIntent, type JsonObject, sameJson } from "../../shared/mod.ts";
import type { UndoStep } from "../edit_writer.ts";

/** The change that takes an edit back, or null if the edit changed nothing. */
export function inverseOf({ intent, before }: UndoStep): ChangeIntent | null {
  const { type, entityType, entityId } = intent;
  if (type === "CREATED" && before === undefined) return { type: "DELETED", entityType, entityId };
  if (before === undefined) return null;
  if (type !== "UPDATED") return { type: "CREATED", entityType, entityId, data: before };
  const data: JsonObject = {};
  const unset: string[] = [];
  for (const name of [...Object.keys(intent.data ?? {}), ...(intent.unset ?? [])]) {
    if (Object.hasOwn(before, name)) data[name] = before[name];
    else unset.push(name);
  }
  return { type, entityType, entityId, data, ...(unset.length > 0 ? { unset } : {}) };
}

/** Whether `intent` would leave the entity as it is. */
export function changesNothing(intent: ChangeIntent, entity: Readonly<JsonObject> | undefined): boolean {
  return sameJson(applyEffect(entity, intent), entity);
}
