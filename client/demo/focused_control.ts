/**
 * Which control has the focus, in words that outlive its node: the record it belongs to, and its name in that
 * record's row. A row that changed is built anew, and whoever works by keyboard must find the focus where it
 * was, not at the top of the page.
 */

/** A control by `data-control`, in a row by `data-id`. */
export interface FocusedControl {
  recordId: string;
  control: string;
}

/** The focused control of a row, if that is what has the focus. */
export function focusedControl(): FocusedControl | undefined {
  const node = document.activeElement?.closest<HTMLElement>("[data-control]");
  const recordId = node?.closest<HTMLElement>("[data-id]")?.dataset.id;
  return recordId === undefined ? undefined : { recordId, control: node!.dataset.control! };
}

/** Focuses it if its row is shown; says whether it is. */
export function focusControl({ recordId, control }: FocusedControl): boolean {
  const row = document.querySelector(`[data-id="${CSS.escape(recordId)}"]`);
  return row !== null && focusInRow(row, control);
}

/** Focuses the control of that name in `row`, else its first; says whether it has any. */
export function focusInRow(row: Element, control?: string, options?: FocusOptions): boolean {
  const controls = [...row.querySelectorAll<HTMLElement>("[data-control]")];
  const found = controls.find(({ dataset }) => dataset.control === control) ?? controls[0];
  found?.focus(options);
  return found !== undefined;
}
