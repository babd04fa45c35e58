/**
 * Escape closes one thing at a time: the dialog, then the panel, then whatever of the page is around it. Browsers
 * that know close watchers do so by themselves; WebKit closes a dialog and the popovers around it with one key.
 */

/** Follows the keys below `root`; `popover` finds the panel. */
export function closeByEscape(
  root: ShadowRoot,
  dialog: HTMLDialogElement,
  popover: () => HTMLElement | null,
): void {
  root.addEventListener("keydown", (event) => {
    const { key, isComposing } = event as KeyboardEvent;
    const panel = popover();
    if (key !== "Escape" || isComposing || !panel?.matches(":popover-open")) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else panel.hidePopover();
  });
}
