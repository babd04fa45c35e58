/**
 * The one modal dialog of a panel. It lives in the popover, so that opening it leaves the popover open and
 * closing it gives the focus back to the button that asked for it.
 */
import { nothing, render, type TemplateResult } from "../templates.ts";

/** A dialog that shows one template at a time. */
export class Modal {
  // A container of its own: Lit keeps the panel's content, which is drawn before the dialog, on the dialog.
  readonly #body = document.createElement("div");

  constructor(private readonly dialog: HTMLDialogElement, closed: () => void) {
    dialog.setAttribute("aria-labelledby", "modal-title");
    dialog.append(this.#body);
    dialog.addEventListener("close", () => {
      render(nothing, this.#body);
      closed();
    });
  }

  /** Shows `content`, whose heading has the id `modal-title`; opens the dialog if it is closed. */
  show(content: TemplateResult): void {
    render(content, this.#body);
    if (!this.dialog.open) this.dialog.showModal();
  }

  close(): void {
    if (this.dialog.open) this.dialog.close();
  }
}
