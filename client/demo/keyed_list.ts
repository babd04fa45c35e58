/**
 * Brings a list of nodes up to date and touches only what changed, so that focus, selection and scroll
 * position survive an update that comes from another device in the middle of typing.
 */
import { focusInRow } from "./focused_control.ts";

/** One row: `state` decides whether the node of the last time is still right (compared part by part). */
export interface KeyedRow {
  key: string;
  state: readonly unknown[];
  build(): Element;
}

/**
 * A function that shows `rows` inside `parent`, which must have no other children. A focused control (by its
 * `data-control`) has the focus again in the row's new node; of a row that is gone it goes to the next row,
 * else the one before, else to `otherwise`.
 */
export function createKeyedList(
  parent: Element,
  otherwise?: HTMLElement,
): (rows: readonly KeyedRow[]) => void {
  let shown = new Map<string, { node: Element; state: readonly unknown[] }>();
  return (rows) => {
    const focused = focusedRow(shown);
    const next: typeof shown = new Map();
    const wanted = new Set(rows.map(({ key }) => key));
    for (const [key, { node }] of shown) if (!wanted.has(key)) node.remove();
    let place = parent.firstElementChild;
    for (const { key, state, build } of rows) {
      const before = shown.get(key);
      const same = before && before.state.every((part, index) => part === state[index]);
      const node = same ? before.node : build();
      next.set(key, { node, state });
      if (node === place) {
        place = place.nextElementSibling;
      } else if (before && before.node === place) {
        place = place.nextElementSibling;
        before.node.replaceWith(node);
      } else {
        parent.insertBefore(node, place);
      }
    }
    for (const [key, { node }] of shown) if (next.get(key)?.node !== node) node.remove();
    shown = next;
    if (!focused || parent.contains(document.activeElement)) return;
    const row = next.get(focused.key);
    if (row && focusInRow(row.node, focused.control, { preventScroll: true })) return;
    if (!focused.near.some((key) => next.has(key) && focusInRow(next.get(key)!.node))) otherwise?.focus();
  };
}

/** The row that has the focus, its control, and the other rows, nearest first and those below before all. */
function focusedRow(shown: ReadonlyMap<string, { node: Element }>) {
  const focused = document.activeElement;
  const keys = [...shown.keys()];
  const at = focused ? keys.findIndex((key) => shown.get(key)!.node.contains(focused)) : -1;
  return at < 0 ? undefined : {
    key: keys[at]!,
    control: focused!.closest<HTMLElement>("[data-control]")?.dataset.control,
    near: [...keys.slice(at + 1), ...keys.slice(0, at).reverse()],
  };
}
