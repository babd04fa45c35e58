/** Milestones as a person types them, one a line; a line that stays keeps its id and whether it is done. */
import type { Milestone } from "./records.ts";

/** One line a milestone. */
export function milestonesToText(milestones: readonly Milestone[]): string {
  return milestones.map(({ title }) => title).join("\n");
}

/** Reads lines back; `newId` names the new ones. */
export function milestonesFromText(
  text: string,
  before: readonly Milestone[],
  newId: () => string,
): Milestone[] {
  const left = [...before];
  return text.split("\n").map((raw) => raw.trim()).filter(Boolean).map((title) => {
    const at = left.findIndex((step) => step.title === title);
    return at < 0 ? { id: newId(), title, completed: false } : left.splice(at, 1)[0]!;
  });
}
