/**
 * Keeps the focus where a person left it while a list is drawn anew: where the button is gone, on the next one
 * that is there, so that nobody who works by keyboard is thrown out of the panel.
 */

/** Runs `draw`, which may remove the focused element below `container`. */
export function keepFocus(container: HTMLElement, draw: () => void): void {
  const root = container.getRootNode() as ShadowRoot;
  const focused = root.activeElement;
  const isInside = focused !== null && focused !== container && container.contains(focused);
  const place = isInside ? focusable(container).indexOf(focused as HTMLElement) : -1;
  draw();
  if (place < 0 || focused?.isConnected) return;
  const left = focusable(container);
  (left[Math.min(place, left.length - 1)] ?? container).focus();
}

function focusable(container: HTMLElement): HTMLElement[] {
  return [...container.querySelectorAll<HTMLElement>("button, summary")].filter((node) =>
    !node.closest("dialog")
  );
}
