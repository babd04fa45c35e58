/** A difference as a line of text. Values are described, not shown, unless asked for. */
import type { Difference } from "./difference.ts";

const shownUnitsMax = 200;

/** E.g. `"u1" goal "g1" progress: v1 number, v2 nothing`. */
export function describeDifference(difference: Difference, values: boolean): string {
  const { user, sides, entityType, entityId, field } = difference;
  const [left, right] = sides.split(" | ");
  const said = (side: "left" | "right") =>
    !(side in difference) ? "nothing" : values ? shown(difference[side]) : kindOf(difference[side]);
  const place = `${JSON.stringify(user)} ${entityType} ${JSON.stringify(entityId)} ${
    field ?? "(whole record)"
  }`;
  return `${place}: ${left} ${said("left")}, ${right} ${said("right")}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > shownUnitsMax ? `${text.slice(0, shownUnitsMax)}…` : text;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (typeof value === "string") return `text of ${value.length}`;
  return typeof value === "object" ? `object of ${Object.keys(value).length}` : typeof value;
}
