/**
 * Brings a list of nodes up to date and touches only what changed, so that focus, selection and scroll
 * position survive an update that comes from another device in the middle of typing.
 */

/** One row: `state` decides whether the node of the last time is still right (compared part by part). */
export interface KeyedRow {
  key: string;
  state: readonly unknown[];
  build(): Element;
}

/** A function that shows `rows` inside `parent`, which must have no other children. */
export function createKeyedList(parent: Element): (rows: readonly KeyedRow[]) => void {
  let shown = new Map<string, { node: Element; state: readonly unknown[] }>();
  return (rows) => {
    const next: typeof shown = new Map();
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
  };
}
