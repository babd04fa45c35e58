/**
 * The one modal dialog of a panel. It lives in the popover, so that opening it leaves the popover open and
 * closing it gives the focus back to the button that asked for it. It shows one thing at a time, and only what
 * was opened last can draw in it or close it, and only as long as it is open: what is still under way when a
 * person has closed it (or has opened something else) must not bring it back over the page.
 */
import { nothing, render, type TemplateResult } from "../templates.ts";

/** A dialog that shows one template at a time. */
export class Modal {
  // A container of its own: Lit keeps the panel's content, which is drawn before the dialog, on the dialog.
  readonly #body = document.createElement("div");
  #owner: object | undefined;

  constructor(private readonly dialog: HTMLDialogElement, closed: () => void) {
    dialog.setAttribute("aria-labelledby", "modal-title");
    dialog.append(this.#body);
    // Its event comes a moment after the dialog has closed; it may be open again by then.
    dialog.addEventListener("close", () => {
      if (dialog.open) return;
      render(nothing, this.#body);
      closed();
    });
  }

  /** Opens it for `owner`; the heading of `content` has the id `modal-title`. */
  open(owner: object, content: TemplateResult): void {
    this.#owner = owner;
    render(content, this.#body);
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Whether it is open for `owner`. */
  shows(owner: object): boolean {
    return this.dialog.open && this.#owner === owner;
  }

  /** Draws what `owner` shows anew. */
  draw(owner: object, content: TemplateResult): void {
    if (this.shows(owner)) render(content, this.#body);
  }

  /** Closes what `owner` shows. */
  close(owner: object): void {
    if (this.shows(owner)) this.dialog.close();
  }
}
