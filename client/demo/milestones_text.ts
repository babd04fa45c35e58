/** Milestones as a person types them, one a line. */
import { listFromLines, listToLines } from "./lines_text.ts";
import { readMilestone } from "./records.ts";

/** One line a milestone of a record's `milestones`. */
export function milestonesToText(milestones: readonly unknown[]): string {
  return listToLines(milestones, line);
}

/** Reads lines back; `newId` names the new ones. */
export function milestonesFromText(
  text: string,
  before: readonly unknown[],
  newId: () => string,
): unknown[] {
  return listFromLines<unknown>(text, before, line, (title) => ({ id: newId(), title, completed: false }));
}

function line(value: unknown): string {
  return readMilestone(value, 0).title;
}
