/**
 * Keeps the focus where a person left it while a list is drawn anew: where the button is gone, on the next one
 * that is there, so that nobody who works by keyboard is thrown out of the panel. Also while the modal dialog is
 * open: it gives the focus back to the button that asked for it, which may have gone with its row by then.
 */

/** The focus in one panel. */
export class FocusKeeper {
  #asker: HTMLElement | null = null;

  /** The dialog lies in the panel. */
  constructor(private readonly dialog: HTMLDialogElement) {
    dialog.addEventListener("close", () => {
      const focused = this.#focused();
      // Browsers may leave it on what is no longer shown until they draw the next frame.
      if (!focused || dialog.contains(focused)) this.#asker?.focus();
      this.#asker = null;
    });
  }

  /** The dialog is about to open: remembers who has asked for it. */
  dialogOpens(): void {
    this.#asker = this.#focused();
  }

  /** Runs `draw`, which may remove elements below `container`. */
  keep(container: HTMLElement, draw: () => void): void {
    const held = this.dialog.open ? this.#asker : this.#focused();
    const before = held ? listed(container) : [];
    const place = before.indexOf(held!);
    draw();
    if (place < 0 || held!.isConnected) return;
    const isLeft = (node: HTMLElement) => node.isConnected;
    const next = before.slice(place).find(isLeft) ?? before.slice(0, place).findLast(isLeft) ?? container;
    if (this.dialog.open) this.#asker = next;
    else next.focus();
  }

  #focused(): HTMLElement | null {
    return (this.dialog.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
  }
}

/** What takes the focus in the panel itself, links of the site's template included. */
function listed(container: HTMLElement): HTMLElement[] {
  return [...container.querySelectorAll<HTMLElement>("button, summary, a")].filter((node) =>
    !node.closest("dialog")
  );
}
