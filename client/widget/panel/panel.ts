/**
 * The panel behind the button: its lists, what its buttons do, and where it opens. A chunk of its own, fetched
 * as soon as the element is on a page, so that it is there when the network is not.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import type {
  ChangeRecord,
  FailedChange,
  OpenConflict,
  SyncClient,
  SyncStatus,
} from "../../sync_client_api.ts";
import { loadReview } from "../load_review.ts";
import type { Messages } from "../messages.ts";
import type { Reviewer } from "../review/reviewer.ts";
import { spokenAge, spokenDuration } from "../spoken_time.ts";
import type { SyncStatusElement } from "../sync_status.ts";
import { nothing, render } from "../templates.ts";
import { textOf } from "../text_of.ts";
import { changeName, changeTemplate } from "./change_name.ts";
import type { DevicesView } from "./devices_section.ts";
import { closeByEscape } from "./escape_key.ts";
import { keepFocus } from "./keep_focus.ts";
import { panelEnglish, type PanelText } from "./panel_messages.ts";
import { panelStyles } from "./panel_styles.ts";
import { type PanelAction, type PanelView, renderPanel } from "./panel_view.ts";
import { placePanel } from "./place_panel.ts";
import { discardGroup, queueAgain, replaceFailed } from "./replace_failed.ts";
import { readStorage, type StorageView } from "./storage_section.ts";

/** How often spoken times move on while the panel is open. */
const tickMs = 1000;

/** What the panel needs of its element beyond the public surface. */
export interface PanelContext {
  element: SyncStatusElement;
  /** What the button shows. */
  shown(): SyncStatus;
  label(): string;
  lang(): string;
  /** The site's words, and those of the language where it has none. */
  words(): Messages;
  /** The client that is shown, if there is one yet. */
  client(): SyncClient | null;
  /** Does the one thing to do in this state. */
  main(): void;
}

/** An element's panel. */
export class Panel {
  #waiting: readonly ChangeRecord[] = [];
  #failed: readonly FailedChange[] = [];
  #discarded: readonly FailedChange[] = [];
  #notice: PanelView["notice"] = { text: "" };
  #devices: DevicesView;
  #storage: StorageView = {};
  #stopTick = () => {};
  #reading: Promise<void> | undefined;
  #isStale = false;
  #reviewer: Reviewer | undefined;
  readonly #text: PanelText;
  /** Below it nothing is drawn by the panel; the reviewer fills it. */
  readonly #dialog = document.createElement("dialog");

  constructor(private readonly context: PanelContext) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(panelStyles);
    const { adoptedStyleSheets } = context.element.shadowRoot!;
    context.element.shadowRoot!.adoptedStyleSheets = [...adoptedStyleSheets, sheet];
    this.#text = textOf(panelEnglish, context.words, context.lang);
    this.#dialog.setAttribute("part", "compare");
    closeByEscape(context.element.shadowRoot!, this.#dialog, () => this.#find("#panel"));
  }

  /** Fills the popover, or empties it. */
  render(popover: HTMLElement, isOpen: boolean): void {
    const renderBefore = this.#dialog;
    if (renderBefore.parentNode !== popover) popover.append(renderBefore);
    keepFocus(popover, () => render(isOpen ? renderPanel(this.#view()) : nothing, popover, { renderBefore }));
  }

  /** It is open: reads its lists and keeps its times right. */
  opened(): void {
    this.closed();
    this.refresh();
    const tick = () => {
      this.context.element.requestUpdate();
      this.#reviewer?.refresh();
      this.#stopTick = this.context.element.clock.setTimer(tickMs, tick);
    };
    tick();
  }

  closed(): void {
    this.#stopTick();
    if (this.#dialog.open) this.#dialog.close();
    this.#discarded = [];
    this.#notice = { text: "" };
    this.#devices = undefined;
  }

  /** Reads the lists again, while it is open; asked for again meanwhile, once more afterwards. */
  refresh(): Promise<void> {
    this.#isStale = true;
    return this.#reading ??= this.#read().finally(() => this.#reading = undefined);
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

  async #read(): Promise<void> {
    const { client } = this.context;
    while (this.#isStale) {
      this.#isStale = false;
      const queue = client()?.changeQueue;
      if (!queue) continue;
      // Without the network half there are no failed changes to be had, but what waits can be shown.
      [this.#waiting, this.#failed] = await Promise.all([
        queue.getAllPendingChanges().catch(() => []),
        queue.getFailedChanges().catch(() => []),
      ]);
    }
    if (this.#failed.length > 0 || this.#conflicts().length > 0) this.#review().catch(() => {});
    this.#reviewer?.refresh();
    await this.#drawAndPlace();
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
    const { clock } = context.element;
    const lang = context.lang();
    const failedIds = new Set(this.#failed.map(({ changeId }) => changeId));
    return {
      status: context.shown(),
      label: context.label(),
      waiting: this.#waiting.filter(({ changeId }) => !failedIds.has(changeId)),
      failed: this.#failed,
      conflicts: this.#conflicts(),
      devices: this.#devices,
      timeline: context.client()?.debug?.timeline() ?? [],
      storage: this.#storage,
      notice: this.#notice,
      text: this.#text,
      lang,
      age: (atMs) => [new Date(atMs).toISOString(), spokenAge(clock.wallMs() - atMs, lang)],
      until: (atMs) => spokenDuration(atMs - clock.wallMs(), lang),
      describe: (change) =>
        changeTemplate(context.element, { ...this.#record(change), ...change.data }, change) ??
          this.#name(change),
      name: (change) => this.#name(change),
      conflicted: (conflict) => this.#conflicted(conflict),
      act: (action, id = "") =>
        void this.#act(action, id).catch((error) => this.#say({ text: error.message })),
      opened: (section, isOpen) => {
        if (!isOpen) this.place();
        else void (section === "devices" ? this.#readDevices() : this.#readStorage());
      },
    };
  }

  #conflicts(): readonly OpenConflict[] {
    return this.context.client()?.conflicts?.list() ?? [];
  }

  #record(change: ChangeRecord) {
    return this.context.client()?.get?.(change.entityType, change.entityId);
  }

  #name(change: ChangeRecord): string {
    return this.context.element.describe?.(change) ?? changeName(change, this.#record(change), this.#text);
  }

  /** The conflict as the change that this device had made, so that it is named like one. */
  #conflicted(conflict: OpenConflict): ChangeRecord {
    const { id, entityType, entityId, reason, winner, fields, base, theirs, noticedAt } = conflict;
    const mine = fields.filter((field) => Object.hasOwn(field, "mine")).map(({ name, mine }) => [name, mine]);
    const isDeletion = reason === "updated_on_server" && winner === "mine";
    return {
      changeId: id,
      type: isDeletion ? "DELETED" : reason === "already_exists" ? "CREATED" : "UPDATED",
      entityType,
      entityId,
      data: { ...theirs?.data, ...base, ...Object.fromEntries(mine) },
      timestamp: noticedAt,
      baseVersion: 0,
      retryCount: 0,
    };
  }

  #say(notice: PanelView["notice"]): void {
    this.#notice = notice;
    this.context.element.requestUpdate();
  }

  async #act(action: PanelAction, id: string): Promise<void> {
    const { context } = this;
    const { element } = context;
    const client = context.client();
    const failed = this.#failed.find(({ changeId }) => changeId === id);
    const conflict = this.#conflicts().find((one) => one.id === id);
    this.#say({ text: "" });
    switch (action) {
      case "main":
        return context.main();
      case "sync":
      case "pause":
      case "resume":
        return await element[action]();
      case "export":
        await element.exportLog();
        return this.#say({ text: this.#text("exported"), action: "exportValues", label: "exportValues" });
      case "exportValues":
        return await element.exportLog({ values: true });
      case "retry":
        await element.retry(id);
        break;
      case "discard":
        await this.#discard(id);
        break;
      case "undo":
        if (client) await queueAgain(client, this.#discarded);
        this.#discarded = [];
        break;
      case "edit":
        if (failed) (await this.#review()).edit(failed);
        return;
      case "compare":
        if (conflict) (await this.#review()).compare(conflict);
        return;
      case "keepData":
        return await this.#keepData();
    }
    await this.refresh();
  }

  async #discard(changeId: string): Promise<void> {
    const group = discardGroup(this.#failed, changeId);
    if (!group[0] || !await this.context.element.discard(changeId)) return;
    this.#discarded = group;
    const what = this.#name(group[0]);
    this.#say({ text: this.#text("discarded", { what }), action: "undo", label: "undo" });
  }

  /** Fetches the review once; after a failure the next need tries again. */
  async #review(): Promise<Reviewer> {
    if (this.#reviewer) return this.#reviewer;
    const { Reviewer } = await loadReview().catch(() => {
      throw new Error(this.#text("notLoaded"));
    });
    const { element, words, lang } = this.context;
    return this.#reviewer ??= new Reviewer({
      dialog: this.#dialog,
      words,
      lang,
      nameOf: (change) => this.#name(change),
      title: (conflict) => this.#name(this.#conflicted(conflict)),
      list: () => this.#conflicts(),
      live: (conflict) => this.#record(this.#conflicted(conflict)),
      resolve: (id, choice) => element.resolve(id, choice),
      unset: async ({ entityType, entityId }, names) =>
        await this.context.client()?.update(entityType, entityId, {}, { unset: names }),
      save: (change, data) => this.#replace(change, data),
      say: (text) => this.#say({ text }),
      closed: () => void this.refresh(),
    });
  }

  async #replace(change: FailedChange, data: JsonObject): Promise<void> {
    const client = this.context.client();
    if (!client) return;
    const [first, ...others] = this.#discarded;
    if (first?.changeId === change.changeId) {
      // Discarded by a first try that could not be queued afterwards.
      await queueAgain(client, [{ ...first, data }, ...others]);
      this.#discarded = [];
    } else {
      const group = discardGroup(this.#failed, change.changeId);
      await replaceFailed(client, group, data, (discarded) => this.#discarded = discarded);
    }
  }

  async #readDevices(): Promise<void> {
    try {
      const client = this.context.client();
      const status = await client?.getStatus();
      this.#devices = {
        list: status?.devices ?? [],
        own: (client as { deviceId?: string } | null)?.deviceId,
      };
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
