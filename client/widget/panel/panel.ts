/**
 * The panel behind the button: its lists, what its buttons do, and where it opens. A chunk of its own, fetched
 * as soon as the element is on a page, so that it is there when the network is not.
 */
import { nothing, render } from "lit/html.js";
import type { ChangeRecord, FailedChange, SyncClient, SyncStatus } from "../../sync_client_api.ts";
import { formatMessage, type MessageValues } from "../format_message.ts";
import { spokenAge, spokenDuration } from "../spoken_time.ts";
import type { SyncStatusElement } from "../sync_status.ts";
import { panelEnglish, type PanelMessageKey } from "./panel_messages.ts";
import { panelStyles } from "./panel_styles.ts";
import { renderPanel } from "./panel_view.ts";
import { placePanel } from "./place_panel.ts";

/** How often spoken times move on while the panel is open. */
const tickMs = 1000;

/** What the panel needs of its element beyond the public surface. */
export interface PanelContext {
  element: SyncStatusElement;
  /** What the button shows. */
  shown(): SyncStatus;
  label(): string;
  lang(): string;
  /** The client that is shown, if there is one yet. */
  client(): SyncClient | null;
  /** Does the one thing to do in this state. */
  main(): void;
}

/** An element's panel. */
export class Panel {
  #waiting: readonly ChangeRecord[] = [];
  #failed: readonly FailedChange[] = [];
  #discarding: string | undefined;
  #stopTick = () => {};

  constructor(private readonly context: PanelContext) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(panelStyles);
    const { adoptedStyleSheets } = context.element.shadowRoot!;
    context.element.shadowRoot!.adoptedStyleSheets = [...adoptedStyleSheets, sheet];
  }

  /** Fills the popover, or empties it. */
  render(popover: HTMLElement, isOpen: boolean): void {
    render(isOpen ? this.#content() : nothing, popover);
  }

  #content() {
    const { context } = this;
    const { element } = context;
    const { clock } = element;
    const lang = context.lang();
    const text = (key: PanelMessageKey, values: MessageValues = {}) =>
      formatMessage(element.messages[key] ?? panelEnglish[key], values, lang);
    return renderPanel({
      status: context.shown(),
      label: context.label(),
      waiting: this.#waiting,
      failed: this.#failed,
      discarding: this.#discarding,
      text,
      age: (atMs) => [new Date(atMs).toISOString(), spokenAge(clock.wallMs() - atMs, lang)],
      until: (atMs) => spokenDuration(atMs - clock.wallMs(), lang),
      describe: (change) =>
        element.describe?.(change) ?? text(change.type, { what: change.entityType.replaceAll("_", " ") }),
      act: (action, changeId = "") => this.#act(action, changeId),
    });
  }

  /** It is open: reads its lists and keeps its times right. */
  opened(): void {
    this.closed();
    this.refresh();
    const tick = () => {
      this.context.element.requestUpdate();
      this.#stopTick = this.context.element.clock.setTimer(tickMs, tick);
    };
    tick();
  }

  closed(): void {
    this.#stopTick();
    this.#discarding = undefined;
  }

  /** Reads the lists again, while it is open. */
  async refresh(): Promise<void> {
    const { element, client } = this.context;
    const queue = client()?.changeQueue;
    if (queue) {
      [this.#waiting, this.#failed] = await Promise.all([
        queue.getAllPendingChanges(),
        queue.getFailedChanges(),
      ]);
    }
    element.requestUpdate();
    await element.updateComplete;
    this.place();
  }

  /** Puts the popover beside the button. */
  place(): void {
    const { element } = this.context;
    const find = (selector: string) => element.renderRoot.querySelector<HTMLElement>(selector);
    const popover = find("#panel");
    const button = find("button");
    if (popover && button) placePanel(popover, button, element.placement);
  }

  #act(action: "main" | "retry" | "discard", changeId: string): void {
    if (action === "main") return this.context.main();
    const isFirstClick = action === "discard" && this.#discarding !== changeId;
    this.#discarding = isFirstClick ? changeId : undefined;
    if (isFirstClick) this.context.element.requestUpdate();
    else this.context.element[action](changeId).then(() => this.refresh());
  }
}
