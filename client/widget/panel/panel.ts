/**
 * The panel behind the button: when it is drawn and with what, and where it opens. A chunk of its own, fetched as
 * soon as the element is on a page, so that it is there when the network is not.
 */
import { spokenAge, spokenDuration } from "../spoken_time.ts";
import { nothing, render } from "../templates.ts";
import { textOf } from "../text_of.ts";
import type { DevicesView } from "./devices_section.ts";
import { closeByEscape } from "./escape_key.ts";
import { FocusKeeper } from "./keep_focus.ts";
import { PanelActions } from "./panel_actions.ts";
import type { PanelContext } from "./panel_context.ts";
import { PanelLists } from "./panel_lists.ts";
import { panelEnglish, type PanelText } from "./panel_messages.ts";
import { PanelNames } from "./panel_names.ts";
import { panelStyles } from "./panel_styles.ts";
import { type PanelView, renderPanel } from "./panel_view.ts";
import { placePanel } from "./place_panel.ts";
import { readStorage, type StorageView } from "./storage_section.ts";

/** How often spoken times move on while the panel is open. */
const tickMs = 1000;

/** An element's panel. */
export class Panel {
  #devices: DevicesView;
  #storage: StorageView = {};
  #stopTick = () => {};
  #userId: string | null | undefined;
  readonly #moved = () => this.place();
  readonly #text: PanelText;
  readonly #lists: PanelLists;
  readonly #names: PanelNames;
  readonly #actions: PanelActions;
  /** Below it nothing is drawn by the panel; the reviewer fills it. */
  readonly #dialog = document.createElement("dialog");
  readonly #focus = new FocusKeeper(this.#dialog);

  constructor(private readonly context: PanelContext) {
    const root = context.element.shadowRoot!;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(panelStyles);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    this.#dialog.setAttribute("part", "compare");
    closeByEscape(root, this.#dialog, () => this.#find("#panel"));
    this.#text = textOf(panelEnglish, context.words, context.lang);
    this.#lists = new PanelLists(context.client);
    this.#names = new PanelNames(context, this.#text);
    this.#actions = new PanelActions({
      ...context,
      dialog: this.#dialog,
      dialogOpens: () => this.#focus.dialogOpens(),
      lists: this.#lists,
      names: this.#names,
      text: this.#text,
      refresh: () => this.refresh(),
      keepData: () => this.#keepData(),
    });
  }

  /** Fills the popover, or empties it. */
  render(popover: HTMLElement, isOpen: boolean): void {
    const renderBefore = this.#dialog;
    if (renderBefore.parentNode !== popover) popover.append(renderBefore);
    this.#focus.keep(
      popover,
      () => render(isOpen ? renderPanel(this.#view()) : nothing, popover, { renderBefore }),
    );
  }

  /** It is open: reads its lists and keeps its times right. */
  opened(): void {
    this.closed();
    addEventListener("resize", this.#moved);
    void this.refresh();
    const tick = () => {
      this.context.element.requestUpdate();
      this.#actions.refreshReview();
      this.#stopTick = this.context.element.clock.setTimer(tickMs, tick);
    };
    tick();
  }

  closed(): void {
    this.#stopTick();
    removeEventListener("resize", this.#moved);
    if (this.#dialog.open) this.#dialog.close();
    this.#actions.forget();
    this.#devices = undefined;
  }

  /** Reads the lists again, while it is open. */
  async refresh(): Promise<void> {
    const userId = this.context.client()?.status.userId;
    // What one person has discarded is not for the next to see, or to take back.
    if (userId !== this.#userId) this.#actions.forget();
    this.#userId = userId;
    await this.#lists.read();
    // Fetched before it is asked for, so that it is there when the network is not.
    if (this.#lists.failed.length > 0 || this.#lists.conflicts.length > 0) {
      this.#actions.review().catch(() => {});
    }
    this.#actions.refreshReview();
    await this.#drawAndPlace();
  }

  /** Puts the popover beside the button. */
  place(): void {
    const popover = this.#find("#panel");
    const button = this.#find("button");
    if (popover && button) placePanel(popover, button, this.context.element.placement);
  }

  #find(selector: string): HTMLElement | null {
    return this.context.element.renderRoot.querySelector<HTMLElement>(selector);
  }

  /** The panel may have grown. */
  async #drawAndPlace(): Promise<void> {
    const { element } = this.context;
    element.requestUpdate();
    await element.updateComplete;
    this.place();
  }

  #view(): PanelView {
    const { context } = this;
    const lists = this.#lists;
    const names = this.#names;
    names.begin();
    const { clock } = context.element;
    const lang = context.lang();
    return {
      status: context.shown(),
      label: context.label(),
      waiting: lists.waiting,
      failed: lists.failed,
      conflicts: lists.conflicts,
      devices: this.#devices,
      timeline: context.client()?.debug?.timeline() ?? [],
      storage: this.#storage,
      notice: this.#actions.notice,
      text: this.#text,
      lang,
      age: (atMs) => [new Date(atMs).toISOString(), spokenAge(clock.wallMs() - atMs, lang)],
      until: (atMs) => spokenDuration(atMs - clock.wallMs(), lang),
      describe: (change) => names.describe(change),
      name: (change) => names.name(change),
      conflicted: (conflict) => names.conflicted(conflict),
      act: (action, id = "") => void this.#actions.act(action, id),
      opened: (section, isOpen) => {
        if (!isOpen) this.place();
        else void (section === "devices" ? this.#readDevices() : this.#readStorage());
      },
    };
  }

  async #readDevices(): Promise<void> {
    const client = this.context.client();
    try {
      const status = await client?.getStatus();
      this.#devices = { list: status?.devices ?? [], own: client?.deviceId };
    } catch (error) {
      this.#devices = { problem: (error as Error).message };
    }
    await this.#drawAndPlace();
  }

  async #readStorage(): Promise<void> {
    this.#storage = await readStorage();
    await this.#drawAndPlace();
  }

  async #keepData(): Promise<void> {
    const isKept = await navigator.storage.persist();
    this.#storage = { ...await readStorage(), isRefused: !isKept };
    await this.#drawAndPlace();
  }
}
