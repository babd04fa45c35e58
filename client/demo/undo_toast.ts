/** "Deleted … · Undo" for some seconds; it waits while the pointer or the focus is on it. */

/** How long the offer stands. */
export const undoForMs = 10_000;

/** Shows the offer in `toast` (a `role="status"` region with a text and a button). */
export function createUndoToast(toast: HTMLElement): (text: string, undo: () => void) => void {
  const message = toast.querySelector("span")!;
  const button = toast.querySelector("button")!;
  let timer = 0;
  let undoing = () => {};
  const hide = () => toast.classList.remove("shown");
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
    toast.classList.add("shown");
    start();
  };
}
