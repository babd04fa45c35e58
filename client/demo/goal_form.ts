/** Goal ↔ form: what the fields show, and what a submitted form changes. Pure but for the new ids. */
import type { JsonObject } from "../../shared/mod.ts";
import { changedFields } from "./changed_fields.ts";
import { milestonesFromText, milestonesToText } from "./milestones_text.ts";
import { type Goal, readGoal } from "./records.ts";

type Values = Record<string, string>;

/** Fields of a goal. */
export function goalValues(goal: Goal): Values {
  return {
    title: goal.title,
    description: goal.description,
    targetDate: goal.targetDate,
    progress: String(goal.progress),
    status: goal.status,
    milestones: milestonesToText(goal.milestones),
  };
}

/** The whole data of a new goal. */
export function newGoal(values: Values, newId: () => string, nowMs: number): JsonObject & { id: string } {
  return {
    id: newId(),
    ...fields(values, readGoal({}), newId),
    linkedEntries: [],
    createdAt: new Date(nowMs).toISOString(),
  };
}

/** Only the fields of `data` that the form changed; empty if there is none. */
export function editedGoal(
  data: Readonly<JsonObject>,
  values: Values,
  newId: () => string,
  nowMs: number,
): JsonObject {
  const changed = changedFields(data, fields(values, readGoal(data), newId));
  return changed.status === "completed"
    ? { ...changed, completedAt: new Date(nowMs).toISOString() }
    : changed;
}

/** The fields that ticking a milestone changes. */
export function tickedGoal(goal: Goal, milestoneId: string, completed: boolean, nowMs: number): JsonObject {
  const now = new Date(nowMs).toISOString();
  const milestones = goal.milestones.map((step) => {
    if (step.id !== milestoneId) return step;
    const { completedAt: _before, ...rest } = step;
    return completed ? { ...rest, completed, completedAt: now } : { ...rest, completed };
  });
  return { milestones: milestones as unknown as JsonObject[] };
}

function fields(values: Values, before: Goal, newId: () => string): JsonObject {
  return {
    title: values.title ?? "",
    description: values.description || null,
    targetDate: values.targetDate || null,
    progress: Number(values.progress),
    status: values.status || "active",
    milestones: milestonesFromText(
      values.milestones ?? "",
      before.milestones,
      newId,
    ) as unknown as JsonObject[],
  };
}
