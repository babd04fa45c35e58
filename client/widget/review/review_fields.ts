/**
 * The result of a review, field by field, while a person works on it: a side's value, or one of their own. Pure.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import type { ReviewText } from "./review_messages.ts";
import type { Side, SideField } from "./conflict_sides.ts";
import { type Draft, draftOf, draftValue } from "./value_draft.ts";

/** A field with what is chosen for it. */
export interface ReviewField extends SideField {
  pick: Side | "own";
  /** The result's input; null while the side picked has no such field. */
  draft: Draft | null;
}

/** What is to be written; a field that is `undefined` is removed. */
export type ReviewResult =
  | { ok: true; choice: Side | JsonObject }
  | { ok: false; fieldName: string; problem: string };

/** The field with `side` as its result. */
export function pickSide(field: SideField, side: Side): ReviewField {
  const draft = Object.hasOwn(field, side) ? draftOf(field[side]) : null;
  return { ...field, pick: side, draft };
}

/** The field with a result of the person's own. */
export function pickOwn(field: ReviewField, typed: string): ReviewField {
  const { mine, theirs, draft } = field;
  // In the place of no value goes what the other side has: words need no JSON quotes.
  const isEmpty = draft?.kind === "json" && draft.text === "null";
  const kind = isEmpty && [mine, theirs].some((one) => typeof one === "string") ? "text" : draft?.kind;
  return { ...field, pick: "own", draft: { kind: kind ?? "text", text: typed } };
}

/** The same fields after the conflict moved: what was typed and what was picked stays. */
export function carriedOver(
  before: readonly ReviewField[],
  fields: readonly SideField[],
  side: Side,
): ReviewField[] {
  return fields.map((field) => {
    const known = before.find(({ name }) => name === field.name);
    if (known?.pick === "own") return { ...field, pick: "own", draft: known.draft };
    return pickSide(field, known?.pick ?? side);
  });
}

/** What the fields as chosen come to; one side all through is that side. */
export function reviewResult(fields: readonly ReviewField[], text: ReviewText): ReviewResult {
  const [first] = fields;
  if (first && first.pick !== "own" && fields.every(({ pick }) => pick === first.pick)) {
    return { ok: true, choice: first.pick };
  }
  const choice: JsonObject = {};
  for (const { name, draft } of fields) {
    if (!draft) {
      choice[name] = undefined;
      continue;
    }
    const read = draftValue(draft, text);
    if (!read.ok) return { ok: false, fieldName: name, problem: read.problem };
    choice[name] = read.value;
  }
  return { ok: true, choice };
}
