/** "Show more (80 left)": lets a list grow a page at a time, and is there as long as something is left. */
import { focusInRow } from "./focused_control.ts";

/** How much of a list is shown. */
export interface ShowMore {
  readonly rowsMax: number;
  /** Back to the first page. */
  reset(): void;
  /** Tells how many rows there are, once those of this page are drawn. */
  drawn(total: number): void;
}

/** Wires `button`; `changed` is called when the person wants more of `list`. */
export function createShowMore(
  button: HTMLButtonElement,
  list: HTMLElement,
  pageRows: number,
  changed: () => void,
): ShowMore {
  let rowsMax = pageRows;
  button.addEventListener("click", () => {
    rowsMax += pageRows;
    changed();
  });
  return {
    get rowsMax() {
      return rowsMax;
    },
    reset() {
      rowsMax = pageRows;
    },
    drawn(total) {
      const left = total - rowsMax;
      // The last page hides the button under the finger: reading goes on at the first row that it brought.
      const firstNew = list.querySelectorAll("[data-id]")[rowsMax - pageRows];
      if (left <= 0 && document.activeElement === button && firstNew) focusInRow(firstNew);
      button.hidden = left <= 0;
      button.textContent = `Show more (${left.toLocaleString()} left)`;
    },
  };
}
