/** Names what normalisation changed about a record, by comparing it before and after: the rules stay theirs. */
import type { JsonObject } from "../../shared/mod.ts";

/** What was normalised, in a report's words. */
export const dialectNames = {
  numericTime: "times in milliseconds became ISO text",
  capitals: "names in capitals became lower case",
  arrayText: "arrays stored as text became arrays",
  goals: "goals became goalIds",
  addedTimes: "missing createdAt or updatedAt came from the time of practice",
  addedId: "a missing id came from the row",
  strayUser: "a stray userId was left out",
  other: "otherwise changed",
} as const;

/** A key of {@linkcode dialectNames}. */
export type DialectName = keyof typeof dialectNames;

/** The dialects that `stored` was in, each once. */
export function dialectsOf(stored: JsonObject, normalised: JsonObject): DialectName[] {
  const found = new Set<DialectName>();
  for (const name of new Set([...Object.keys(stored), ...Object.keys(normalised)])) {
    const [before, after] = [stored[name], normalised[name]];
    if (name === "userId" && after === undefined) found.add("strayUser");
    else if (name === "goals" && after === undefined) found.add("goals");
    else if (before === undefined) {
      // Goes with the field that was renamed to it; as text it was both.
      if (name !== "goalIds") found.add(name === "id" ? "addedId" : "addedTimes");
      else if (typeof stored.goals === "string") found.add("arrayText");
    } else if (typeof before === "number" && typeof after === "string") found.add("numericTime");
    else if (typeof before === "string" && Array.isArray(after)) found.add("arrayText");
    else if (typeof before === "string" && typeof after === "string" && before !== after) {
      found.add("capitals");
    } else if (JSON.stringify(before) !== JSON.stringify(after)) found.add("other");
  }
  return [...found];
}
