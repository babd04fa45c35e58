/**
 * A JSON value under a person's hand: the text of its input, and the way back. Text stays text, a number must
 * be one again (with a comma too: many keyboards have no point for it), and what has no input of its own (lists,
 * objects, null) is written as JSON.
 */
import type { ReviewText } from "./review_messages.ts";

/** Which input a value gets. */
export type DraftKind = "text" | "number" | "boolean" | "json";

/** A value that may have been edited. */
export interface Draft {
  kind: DraftKind;
  text: string;
}

/** What a draft says: a value, or why it is none. */
export type DraftValue = { ok: true; value: unknown } | { ok: false; problem: string };

/** May be a thousand or a one: who means which depends on the language, so it is asked again. */
const groupedThousands = /^-?[1-9]\d{0,2},\d{3}$/;

/** The draft of a value. */
export function draftOf(value: unknown): Draft {
  switch (typeof value) {
    case "string":
      return { kind: "text", text: value };
    case "number":
    case "boolean":
      return { kind: typeof value as "number" | "boolean", text: String(value) };
    default:
      return { kind: "json", text: JSON.stringify(value, null, 2) };
  }
}

/** The value of a draft. */
export function draftValue({ kind, text: typed }: Draft, text: ReviewText): DraftValue {
  if (kind === "text") return { ok: true, value: typed };
  if (kind === "boolean") return { ok: true, value: typed === "true" };
  if (kind === "number") {
    const entered = typed.trim();
    const value = Number(groupedThousands.test(entered) ? NaN : entered.replace(",", "."));
    return entered && Number.isFinite(value)
      ? { ok: true, value }
      : { ok: false, problem: text("notNumber") };
  }
  try {
    return { ok: true, value: JSON.parse(typed) };
  } catch (error) {
    return { ok: false, problem: text("notJson", { what: (error as Error).message }) };
  }
}
