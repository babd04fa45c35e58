/**
 * A JSON value as plain text for people: lists as lines, objects as indented `name: value` lines. Only ever
 * given to the page as text.
 */
import type { ReviewText } from "./review_messages.ts";

/** Most lines; a record may hold thousands. */
export const readableLinesMax = 500;

/** The text; `undefined` stands for a field that is not there. */
export function readableValue(value: unknown, text: ReviewText): string {
  const lines = linesOf(value, text, "");
  const hidden = lines.length - readableLinesMax;
  if (hidden > 0) lines.splice(readableLinesMax, hidden, text("moreLines", { n: hidden }));
  return lines.join("\n");
}

function linesOf(value: unknown, text: ReviewText, indent: string): string[] {
  if (value === undefined || value === null || value === "") return [indent + text("noValue")];
  if (typeof value === "boolean") return [indent + text(value ? "yes" : "no")];
  if (typeof value !== "object") return [indent + value];
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return [indent + text("noValue")];
  return entries.flatMap(([name, item]) => {
    const head = indent + (isList ? "•" : name + ":");
    const [first = "", ...others] = linesOf(item, text, indent + "  ");
    const isNested = typeof item === "object" && item !== null && Object.keys(item).length > 0;
    return isNested && !isList ? [head, first, ...others] : [`${head} ${first.trimStart()}`, ...others];
  });
}
