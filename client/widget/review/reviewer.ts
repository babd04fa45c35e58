/**
 * The modal side of the panel: comparing a conflict, correcting a change that could not be saved. A chunk of its
 * own, fetched when there is either; most pages never have one.
 */
import type { FailedChange, OpenConflict } from "../../sync_client_api.ts";
import type { Messages } from "../messages.ts";
import { textOf } from "../text_of.ts";
import { type EditContext, EditFailed } from "./edit_failed.ts";
import { Modal } from "./modal.ts";
import { Review, type ReviewContext } from "./review.ts";
import { reviewEnglish, type ReviewText } from "./review_messages.ts";
import { reviewStyles } from "./review_styles.ts";

/** What a reviewer needs of the panel. */
export interface ReviewerContext extends Omit<ReviewContext, "modal" | "text">, Pick<EditContext, "save"> {
  dialog: HTMLDialogElement;
  words(): Messages;
  lang(): string;
  nameOf(change: FailedChange): string;
  /** The dialog has closed. */
  closed(): void;
}

/** The reviewer of one panel. */
export class Reviewer {
  readonly #modal: Modal;
  readonly #text: ReviewText;
  #open: Review | EditFailed | undefined;

  constructor(private readonly context: ReviewerContext) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(reviewStyles);
    const root = context.dialog.getRootNode() as ShadowRoot;
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    this.#text = textOf(reviewEnglish, context.words, context.lang);
    this.#modal = new Modal(context.dialog, () => context.closed());
  }

  /** Opens the review of a conflict. */
  compare(conflict: OpenConflict): void {
    this.#open = new Review({ ...this.context, modal: this.#modal, text: this.#text }, conflict);
  }

  /** Opens the correction of a failed change. */
  edit(change: FailedChange): void {
    const { context } = this;
    this.#open = new EditFailed(
      {
        save: context.save,
        say: context.say,
        modal: this.#modal,
        text: this.#text,
        title: context.nameOf(change),
      },
      change,
    );
  }

  /** Something moved, or the language changed: what is open looks again. */
  refresh(): void {
    if (this.#open && this.#modal.shows(this.#open)) this.#open.refresh();
  }
}
