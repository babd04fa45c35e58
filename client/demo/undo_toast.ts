/** "Deleted … · Undo" for some seconds; it waits while the pointer or the focus is on it. */

/** How long the offer stands. */
export const undoForMs = 10_000;

/** Shows the offer in `region`: a `role="status"` that is always there, around a hidden text and button. */
export function createUndoToast(region: HTMLElement): (text: string, undo: () => void) => void {
  const toast = region.querySelector("p")!;
  const message = toast.querySelector("span")!;
  const button = toast.querySelector("button")!;
  let timer = 0;
  let undoing = () => {};
  const hide = () => {
    toast.hidden = true;
  };
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(hide, undoForMs);
  };
  const wait = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", wait);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", wait);
  toast.addEventListener("focusout", start);
  button.addEventListener("click", () => {
    hide();
    undoing();
  });
  return (text, undo) => {
    message.textContent = text;
    undoing = undo;
    toast.hidden = false;
    start();
  };
}
