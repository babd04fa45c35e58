/**
 * The review of a conflict as a template: per field mine, theirs and the result. A pure function of its view;
 * data reaches the page as text nodes and input values only.
 */
import { html, nothing, type TemplateResult } from "../templates.ts";
import type { ConflictSides, Side } from "./conflict_sides.ts";
import { draftInput } from "./draft_input.ts";
import { readableName } from "../panel/readable_name.ts";
import { readableValue } from "./readable_value.ts";
import type { ReviewField } from "./review_fields.ts";
import type { ReviewText } from "./review_messages.ts";

/** Text from this length on scrolls in a box of its own. */
const longFrom = 240;

/** What the review shows and can do. */
export interface ReviewView {
  title: string;
  sides: ConflictSides;
  fields: readonly ReviewField[];
  /** What must be said: that it changed again, or why it could not be settled. */
  notice: string;
  text: ReviewText;
  pick(index: number, side: Side): void;
  edit(index: number, typed: string): void;
  /** Settles it: a side, or the result as it stands. */
  settle(choice: Side | "result"): void;
  close(): void;
}

/** The content of the dialog. */
export function reviewTemplate(view: ReviewView): TemplateResult {
  const { sides, text, notice, title } = view;
  return html`<h2 id="modal-title">${title}</h2>
${sides.told.map((key) => html`<p class="told">${text(key)}</p>`)}
<p class="notice" role="alert">${notice}</p>
${
    sides.restores === undefined
      ? view.fields.map((field, index) => choiceOfField(view, field, index))
      : view.fields.map((field, index) => restoredField(view, field, index))
  }
${sides.theirsUnknown ? html`<p>${text("theirs")}: ${text("tooLarge")}</p>` : nothing}
<footer>${buttons(view)}<button part="action" type="button" @click=${view.close}>${
    text("later")
  }</button></footer>`;
}

function buttons({ sides, settle, text }: ReviewView): unknown {
  const button = (label: string, choice: Side | "result") =>
    html`<button part="action" type="button" @click=${() => settle(choice)}>${label}</button>`;
  const { restores } = sides;
  if (restores !== undefined) {
    const stays = restores === "mine" ? "theirs" : "mine";
    return [
      restores ? button(text("restore"), "result") : nothing,
      button(text("leaveDeleted"), stays),
    ];
  }
  return [
    button(text("keepMine"), "mine"),
    sides.theirsUnknown ? nothing : button(text("keepTheirs"), "theirs"),
    button(text("saveResult"), "result"),
  ];
}

function choiceOfField(view: ReviewView, field: ReviewField, index: number): TemplateResult {
  const { text, sides } = view;
  const side = (which: Side) => {
    const isUnknown = which === "theirs" && sides.theirsUnknown;
    return html`<div class="side"><label><input type="radio" name=${"field-" + index} .checked=${
      field.pick === which
    }
 ?disabled=${isUnknown} @change=${() => view.pick(index, which)}>${text(which)}</label>${
      isUnknown
        ? html`<p>${text("tooLarge")}</p>`
        : shownValue(field[which], `${text(which)}: ${readableName(field.name)}`, text)
    }</div>`;
  };
  return html`
    <fieldset
      part="item"><legend dir="auto">${readableName(field.name)}</legend>${side("mine")}${side(
        "theirs",
      )}<div class="side">${resultInput(view, field, index)}</div></fieldset>
  `;
}

function restoredField(view: ReviewView, field: ReviewField, index: number): TemplateResult {
  return html`<div class="side" part="item">${
    resultInput(view, field, index, readableName(field.name))
  }</div>`;
}

function resultInput(
  { text, edit }: ReviewView,
  field: ReviewField,
  index: number,
  title = text("result"),
): TemplateResult {
  const { draft } = field;
  return html`<span class="title" dir="auto">${title}</span>${
    draft
      ? draftInput(draft, text("resultOf", { what: readableName(field.name) }), text, (typed) =>
        edit(index, typed))
      : html`<p class="value">${text("noValue")}</p>`
  }`;
}

/** A value as text; a long one can be scrolled, also by keyboard. */
function shownValue(value: unknown, label: string, text: ReviewText): TemplateResult {
  const shown = readableValue(value, text);
  return shown.length < longFrom && shown.split("\n").length < 8
    ? html`<p class="value" dir="auto">${shown}</p>`
    : html`<p class="value long" dir="auto" tabindex="0" role="group" aria-label=${label}>${shown}</p>`;
}
