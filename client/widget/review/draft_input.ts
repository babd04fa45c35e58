/** The input of a draft. */
import { html, nothing, type TemplateResult } from "../templates.ts";
import type { ReviewText } from "./review_messages.ts";
import { type Draft, draftValue } from "./value_draft.ts";

/** An input that calls `edited` with every new text; `label` is its name for people. */
export function draftInput(
  draft: Draft,
  label: string,
  text: ReviewText,
  edited: (typed: string) => void,
): TemplateResult {
  const typed = (event: Event) => edited((event.target as HTMLInputElement).value);
  const read = draftValue(draft, text);
  const problem = read.ok ? nothing : html`<p class="problem" role="alert">${read.problem}</p>`;
  if (draft.kind === "boolean") {
    const option = (value: string, name: "yes" | "no") =>
      html`<option value=${value} .selected=${draft.text === value}>${text(name)}</option>`;
    return html`<select aria-label=${label} @change=${typed}>${option("true", "yes")}${
      option("false", "no")
    }</select>`;
  }
  const invalid = read.ok ? nothing : "true";
  return draft.kind === "number"
    ? html`
      <input inputmode="decimal" aria-label=${label} aria-invalid=${invalid} .value=${draft.text}
        @input=${typed}>${problem}
    `
    : html`
      <textarea dir="auto" aria-label=${label} aria-invalid=${invalid} .value=${draft.text}
        @input=${typed}></textarea>${problem}
    `;
}
