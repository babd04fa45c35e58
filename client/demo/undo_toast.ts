/**
 * "Deleted … · Undo" for some seconds; it waits while the pointer or the focus is on it. Ctrl+Z takes it as
 * well: by the Tab key the button is a whole log away from the row that was deleted.
 */

/** How long the offer stands. */
export const undoForMs = 10_000;

/** Shows the offer in `region`: a `role="status"` that is always there, around a hidden text and button. */
export function createUndoToast(region: HTMLElement): (text: string, undo: () => void) => void {
  const toast = region.querySelector("p")!;
  const message = toast.querySelector("span")!;
  const button = toast.querySelector("button")!;
  button.querySelector("kbd")!.textContent = /Mac|iPad/.test(navigator.platform) ? "⌘Z" : "Ctrl+Z";
  let timer = 0;
  let undoing = () => {};
  const hide = () => {
    toast.hidden = true;
  };
  const start = () => {
    clearTimeout(timer);
    if (!toast.matches(":hover, :focus-within")) timer = setTimeout(hide, undoForMs);
  };
  const wait = () => clearTimeout(timer);
  const undo = () => {
    clearTimeout(timer);
    hide();
    undoing();
  };
  toast.addEventListener("pointerenter", wait);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", wait);
  toast.addEventListener("focusout", start);
  button.addEventListener("click", undo);
  addEventListener("keydown", (event) => {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey &&
      event.key.toLowerCase() === "z";
    if (!isUndo || toast.hidden || hasUndoOfItsOwn(event.composedPath()[0])) return;
    event.preventDefault();
    undo();
  });
  return (text, whenUndone) => {
    message.textContent = text;
    undoing = whenUndone;
    toast.hidden = false;
    start();
  };
}

/** What is typed in a field is the browser's to undo. */
function hasUndoOfItsOwn(target: EventTarget | undefined): boolean {
  return target instanceof Element &&
    target.closest("input:not([type=checkbox]), textarea, dialog") !== null;
}
