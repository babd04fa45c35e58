/** The element's panel from this side of its chunk: fetched when there may be a use for it, open or not. */
import type { ButtonNodes } from "./button_nodes.ts";
import { loadPanel } from "./load_panel.ts";
import type { Panel } from "./panel/panel.ts";
import type { PanelContext } from "./panel/panel_context.ts";

/** Holds the panel of one element. */
export class PanelHolder {
  #panel: Panel | undefined;
  /** Whether the popover is open, or about to. */
  isOpen = false;

  constructor(private readonly context: PanelContext, private readonly nodes: ButtonNodes) {}

  /** The popover is about to open. */
  opening(): void {
    this.isOpen = true;
    this.load();
    this.context.element.requestUpdate();
  }

  /** The popover has opened or closed; emptied only now: the browser gives the focus back from what is inside. */
  toggled(isOpen: boolean): void {
    if (isOpen) return this.#panel?.place();
    this.isOpen = false;
    this.closed();
    this.context.element.requestUpdate();
  }

  /** Fetches the panel once; after a failure the next opening tries again, and until then shows the label. */
  load(): void {
    this.#load().catch(() => {});
  }

  /** Fills the popover or takes it away, under the accessible name `details`. */
  render(isAllowed: boolean, root: ParentNode, details: string): void {
    const { button, panel, label } = this.nodes;
    button.popoverTargetElement = isAllowed ? panel : null;
    if (!isAllowed) {
      panel.remove();
      return button.removeAttribute("aria-haspopup");
    }
    if (!panel.isConnected) root.append(panel);
    button.setAttribute("aria-haspopup", "dialog");
    panel.ariaLabel = details;
    if (this.#panel) this.#panel.render(panel, this.isOpen);
    else panel.textContent = this.isOpen ? label.textContent : "";
  }

  /** The client's lists may have changed. */
  changed(): void {
    if (this.isOpen) this.#panel?.refresh();
  }

  /** Ends what an open panel does. */
  closed(): void {
    this.#panel?.closed();
  }

  async #load(): Promise<void> {
    if (!this.#panel) {
      const { Panel } = await loadPanel();
      await this.context.element.updateComplete;
      if (!this.#panel) this.nodes.panel.textContent = "";
      this.#panel ??= new Panel(this.context);
    }
    if (this.isOpen) this.#panel.opened();
  }
}
