/** The element's panel from this side of its chunk: fetched when there may be a use for it, open or not. */
import type { ButtonNodes } from "./button_nodes.ts";
import { loadPanel } from "./load_panel.ts";
import type { Panel } from "./panel/panel.ts";
import type { PanelContext } from "./panel/panel_context.ts";

/** The panel of one element. */
export interface PanelHolder {
  /** Whether the popover is open, or about to. */
  isOpen(): boolean;
  /** Fetches the panel once; after a failure the next opening tries again, and until then shows the label. */
  load(): void;
  /** Fills the popover or takes it away, under the accessible name `details`. */
  render(isAllowed: boolean, root: ParentNode, details: string): void;
  /** The client's lists may have changed. */
  changed(): void;
  /** Ends what an open panel does: the element leaves its place or its client. */
  left(): void;
}

/** Holds the panel of one element. */
export function createPanelHolder(
  context: PanelContext,
  { button, panel: popover, label }: ButtonNodes,
): PanelHolder {
  const { element } = context;
  let panel: Panel | undefined;
  let isOpen = false;
  /** Failed changes and conflicts, as they were told last. */
  let troubles = 0;

  async function fetchPanel(): Promise<void> {
    if (!panel) {
      const { Panel } = await loadPanel();
      await element.updateComplete;
      // Of two that have waited for it the second finds it there.
      if (!panel) {
        popover.textContent = "";
        panel = new Panel(context);
      }
    }
    if (isOpen) panel.opened();
    else changed();
  }

  function load(): void {
    fetchPanel().catch(() => {});
  }

  function changed(): void {
    const before = troubles;
    const { failed, conflicts } = element.status;
    troubles = failed + conflicts;
    // A closed panel fetches what a person will decide with, while there is a network to fetch it from.
    if (isOpen || troubles > before) panel?.refresh();
  }

  function left(): void {
    // A popover that goes with its element, or before its button, tells nobody that it has closed.
    isOpen = popover.matches(":popover-open");
    panel?.closed();
  }

  const opens = (event: Event) => (event as ToggleEvent).newState === "open";
  let hadFocus = false;
  popover.addEventListener("beforetoggle", (event) => {
    hadFocus = popover.matches(":focus-within");
    if (!opens(event)) return;
    isOpen = true;
    load();
    element.requestUpdate();
  });
  popover.addEventListener("toggle", (event) => {
    if (opens(event)) return panel?.place();
    // Browsers give it back themselves, but not after a dialog has been open in between.
    const focused = (popover.getRootNode() as ShadowRoot).activeElement;
    if (hadFocus && (document.activeElement === document.body || popover.contains(focused))) button.focus();
    // Emptied only now: the browser gives the focus back from what is inside.
    isOpen = false;
    panel?.closed();
    element.requestUpdate();
  });

  return {
    isOpen: () => isOpen,
    load,
    render(isAllowed, root, details) {
      button.popoverTargetElement = isAllowed ? popover : null;
      if (!isAllowed) {
        popover.remove();
        left();
        return button.removeAttribute("aria-haspopup");
      }
      if (!popover.isConnected) root.append(popover);
      button.setAttribute("aria-haspopup", "dialog");
      popover.ariaLabel = details;
      if (panel) panel.render(popover, isOpen);
      else popover.textContent = isOpen ? label.textContent : "";
    },
    changed,
    left,
  };
}
