/** The element's panel from this side of its chunk: fetched when there may be a use for it, open or not. */
import type { ButtonNodes } from "./button_nodes.ts";
import { loadPanel } from "./load_panel.ts";
import type { Panel } from "./panel/panel.ts";
import type { PanelContext } from "./panel/panel_context.ts";

/** The panel of one element. */
export interface PanelHolder {
  /** Whether the popover is open, or about to. */
  isOpen(): boolean;
  /** The popover is about to open. */
  opening(): void;
  /** The popover has opened or closed; emptied only now: the browser gives the focus back from what is inside. */
  toggled(isOpen: boolean): void;
  /** Fetches the panel once; after a failure the next opening tries again, and until then shows the label. */
  load(): void;
  /** Fills the popover or takes it away, under the accessible name `details`. */
  render(isAllowed: boolean, root: ParentNode, details: string): void;
  /** The client's lists may have changed. */
  changed(): void;
  /** Ends what an open panel does: the element, its client or the popover goes. */
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

  async function fetchPanel(): Promise<void> {
    if (!panel) {
      const { Panel } = await loadPanel();
      await element.updateComplete;
      if (!panel) popover.textContent = "";
      panel ??= new Panel(context);
    }
    if (isOpen) panel.opened();
  }

  function load(): void {
    fetchPanel().catch(() => {});
  }

  return {
    isOpen: () => isOpen,
    opening() {
      isOpen = true;
      load();
      element.requestUpdate();
    },
    toggled(isOpenNow) {
      if (isOpenNow) return panel?.place();
      isOpen = false;
      panel?.closed();
      element.requestUpdate();
    },
    load,
    render(isAllowed, root, details) {
      button.popoverTargetElement = isAllowed ? popover : null;
      if (!isAllowed) {
        popover.remove();
        return button.removeAttribute("aria-haspopup");
      }
      if (!popover.isConnected) root.append(popover);
      button.setAttribute("aria-haspopup", "dialog");
      popover.ariaLabel = details;
      if (panel) panel.render(popover, isOpen);
      else popover.textContent = isOpen ? label.textContent : "";
    },
    changed() {
      if (isOpen) panel?.refresh();
    },
    left() {
      panel?.closed();
    },
  };
}
