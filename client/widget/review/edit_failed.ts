/**
 * A change that could not be saved, opened for correction in the modal dialog: its fields, and the reason above
 * them. Saving queues a corrected change in its place.
 */
import { html, type TemplateResult } from "../templates.ts";
import type { JsonObject } from "../../../shared/mod.ts";
import type { FailedChange } from "../../sync_client_api.ts";
import { draftInput } from "./draft_input.ts";
import type { Modal } from "./modal.ts";
import type { ReviewText } from "./review_messages.ts";
import { readableName } from "../panel/readable_name.ts";
import { type Draft, draftOf, draftValue } from "./value_draft.ts";

/** What the correction needs of the panel. */
export interface EditContext {
  modal: Modal;
  text: ReviewText;
  title: string;
  /** Queues the change with `data` in the place of the failed one. */
  save(change: FailedChange, data: JsonObject): Promise<void>;
  /** Says something in the panel. */
  say(notice: string): void;
}

/** A correction; it ends when its modal closes. */
export class EditFailed {
  readonly #drafts: (readonly [name: string, Draft])[];
  #notice = "";
  #isSaving = false;

  constructor(private readonly context: EditContext, private readonly change: FailedChange) {
    this.#drafts = Object.entries(change.data ?? {})
      .filter(([name, value]) => name !== "id" || value !== change.entityId)
      .map(([name, value]) => [name, draftOf(value)]);
    context.modal.open(this, this.#template());
  }

  /** Draws it again, also in another language. */
  refresh(): void {
    this.draw();
  }

  /** Draws it. */
  draw(): void {
    this.context.modal.draw(this, this.#template());
  }

  #template(): TemplateResult {
    const { context: { text, title, modal }, change } = this;
    return html`<h2 id="modal-title">${title}</h2><p>${change.reason}</p>
<p class="notice" role="alert">${this.#notice}</p>
${
      this.#drafts.map(([name, draft], index) =>
        html`<div class="side" part="item"><span class="title" dir="auto">${readableName(name)}</span>${
          draftInput(draft, readableName(name), text, (typed) => {
            this.#drafts[index] = [name, { kind: draft.kind, text: typed }];
            this.draw();
          })
        }</div>`
      )
    }<footer><button part="action" type="button" @click=${() => void this.#save()}>${text("save")}</button>
<button part="action" type="button" @click=${() => modal.close(this)}>${text("cancel")}</button></footer>`;
  }

  /** In the dialog, or in the panel once a person has closed it. */
  #tell(notice: string): void {
    this.#notice = notice;
    if (!this.context.modal.shows(this)) this.context.say(notice);
    this.draw();
  }

  async #save(): Promise<void> {
    const data: JsonObject = { ...this.change.data };
    for (const [name, draft] of this.#drafts) {
      const read = draftValue(draft, this.context.text);
      if (!read.ok) {
        return this.#tell(`${readableName(name)}: ${read.problem}`);
      }
      data[name] = read.value;
    }
    if (this.#isSaving) return;
    this.#isSaving = true;
    try {
      await this.context.save(this.change, data);
      this.context.modal.close(this);
    } catch (error) {
      this.#tell((error as Error).message);
    } finally {
      this.#isSaving = false;
    }
  }
}
