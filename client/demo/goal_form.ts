/**
 * Goal ↔ form: what the fields show, and what those that were edited change. Pure but for the new ids. A
 * field that was not edited writes nothing: what it shows may be less than what the record holds.
 */
import type { JsonObject } from "../../shared/mod.ts";
import { changedFields } from "./changed_fields.ts";
import type { FormValues } from "./form_dialog.ts";
import { milestonesFromText, milestonesToText } from "./milestones_text.ts";
import { listOf, readGoal, readMilestone } from "./records.ts";

/** Fields of a goal. */
export function goalValues(data: Readonly<JsonObject>): FormValues {
  const goal = readGoal(data);
  return {
    title: goal.title,
    description: goal.description,
    targetDate: goal.targetDate,
    progress: String(goal.progress),
    status: goal.status,
    milestones: milestonesToText(listOf(data.milestones)),
  };
}

/** The whole data of a new goal. */
export function newGoal(values: FormValues, newId: () => string, nowMs: number): JsonObject & { id: string } {
  const all = { description: "", targetDate: "", progress: "0", status: "", milestones: "", ...values };
  return {
    id: newId(),
    ...written(all, {}, newId),
    linkedEntries: [],
    createdAt: new Date(nowMs).toISOString(),
  };
}

/** What the `edited` fields change in `data`; empty if that is nothing. */
export function editedGoal(
  data: Readonly<JsonObject>,
  edited: FormValues,
  newId: () => string,
  nowMs: number,
): JsonObject {
  const changed = changedFields(data, written(edited, data, newId));
  return changed.status === "completed"
    ? { ...changed, completedAt: new Date(nowMs).toISOString() }
    : changed;
}

/** The fields that ticking a milestone changes. */
export function tickedGoal(
  data: Readonly<JsonObject>,
  milestoneId: string,
  completed: boolean,
  nowMs: number,
): JsonObject {
  const now = new Date(nowMs).toISOString();
  const milestones = listOf(data.milestones).map((step, place) => {
    if (readMilestone(step, place).id !== milestoneId) return step;
    const { completedAt: _before, ...rest } = step as JsonObject;
    return completed ? { ...rest, completed, completedAt: now } : { ...rest, completed };
  });
  return { milestones };
}

type Writer = (text: string, data: Readonly<JsonObject>, newId: () => string) => JsonObject;
const writers: Record<string, Writer> = {
  title: (text) => ({ title: text }),
  description: (text) => ({ description: text || null }),
  targetDate: (text) => ({ targetDate: text || null }),
  progress: (text) => ({ progress: Number(text) }),
  status: (text) => ({ status: text || "active" }),
  milestones: (text, data, newId) => ({
    milestones: milestonesFromText(text, listOf(data.milestones), newId),
  }),
};

function written(values: FormValues, data: Readonly<JsonObject>, newId: () => string): JsonObject {
  return Object.assign(
    {},
    ...Object.entries(values).map(([name, text]) => writers[name]?.(text, data, newId)),
  );
}
