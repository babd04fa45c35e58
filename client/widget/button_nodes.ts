/**
 * The element's own nodes: button, icon, label, the two live regions and the popover. Made by hand, without a
 * template engine, because every page that embeds the element carries them.
 */

/** The nodes that change. */
export interface ButtonNodes {
  button: HTMLButtonElement;
  icon: Element;
  path: Element;
  label: Element;
  /** How many changes wait or need somebody. */
  badge: Element;
  /** `role=status`. */
  polite: HTMLElement;
  /** `role=alert`. */
  alert: HTMLElement;
  /** The popover; empty until the panel's chunk fills it. */
  panel: HTMLElement;
}

const svg = "http://www.w3.org/2000/svg";

/** Makes the nodes below `root`. */
export function buildButton(root: ParentNode): ButtonNodes {
  const path = node("path", {}, [], svg);
  const icon = node("svg", { part: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, [path], svg);
  const label = node("slot", { name: "label" });
  const badge = node("span", { class: "badge", part: "badge", "aria-hidden": "true" });
  const button = node("button", { part: "button" }, [
    node("slot", { name: "icon" }, [icon]),
    node("span", { class: "label", part: "label" }, [label]),
    badge,
  ]) as HTMLButtonElement;
  const polite = node("span", { class: "quiet", role: "status", "aria-atomic": "true" }) as HTMLElement;
  const alert = node("span", { class: "quiet", role: "alert" }) as HTMLElement;
  // Focusable by script alone: the focus has a place to go when the last button of a list is gone, and no
  // browser makes a stop of the panel itself because it scrolls.
  const panel = node("div", {
    id: "panel",
    part: "panel",
    popover: "",
    role: "dialog",
    tabindex: "-1",
  }) as HTMLElement;
  root.append(button, polite, alert, panel);
  return { button, icon, path, label, badge, polite, alert, panel };
}

function node(
  name: string,
  attributes: Record<string, string>,
  children: readonly Element[] = [],
  namespace = "http://www.w3.org/1999/xhtml",
): Element {
  const element = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
