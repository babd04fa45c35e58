/**
 * `<sync-status>`: tells the truth about what is saved, and lets a person act on it. This module only has
 * the class, the element's public surface; `define.ts` registers it. What it hears of its client is in
 * `client_link.ts`, what is shown when in `shown_status.ts`, what is said aloud in `announcer.ts`, in which words
 * in `element_words.ts`, the panel in `panel/`, who shares a client in `client_registry.ts`.
 *
 * The few nodes of the button are made by hand on Lit's ReactiveElement; templates come with the panel's chunk.
 *
 * One button does both things people expect of it: a click opens the panel and syncs at once, a second click
 * closes it. With `no-panel` a click only syncs.
 */
import type { PropertyValues } from "@lit/reactive-element";
import type { SyncClient, SyncStatus } from "../sync_client_api.ts";
import { buildButton, type ButtonNodes } from "./button_nodes.ts";
import { type ClientLink, linkClient } from "./client_link.ts";
import type { TokenSource } from "./client_registry.ts";
import { drawButton } from "./draw_button.ts";
import { bindElement } from "./element_bindings.ts";
import { createElementClient } from "./element_client.ts";
import { elementEvent, type SyncStatusEventMap } from "./element_events.ts";
import { ElementProperties } from "./element_properties.ts";
import { agedStatus } from "./element_status.ts";
import { createElementWords } from "./element_words.ts";
import { stateLabel } from "./labels.ts";
import { english } from "./messages.ts";
import { createPanelHolder, type PanelHolder } from "./panel_holder.ts";
import { styles } from "./styles.ts";

/**
 * Shows whether everything is saved, and lets a person act on what is not.
 *
 * @element sync-status
 * @attr {string} endpoint - URL of the exchange, relative to the page if it is not absolute; makes the client when it is first needed
 * @attr {string} name - prefix of the local database; with `endpoint` the identity of the page's client
 * @attr {"pill" | "icon" | "bar"} variant - form of the button; default `pill`
 * @attr {string} placement - of the panel, any of `top` `bottom` `start` `end`; default: where there is room
 * @attr {string} lang - language of the words; default: the page's
 * @attr {boolean} paused - pauses the client when it appears and is not `"false"`; taking it away resumes, and so may a person
 * @attr {number} stale-after - hours until waiting changes count as stale; default 24
 * @attr {boolean} no-panel - while present, and not `"false"`, a click only syncs
 * @attr {string} bind - selector of a form whose values are kept in one record
 * @attr {string} watch-storage - key of localStorage whose JSON array is kept in records, one for each item with an `id`
 * @attr {string} entity-type - type of those records; default: made from the form's id or from the key
 * @prop {SyncClient | null} client - the client that is shown; default: the page's for `endpoint` and `name`
 * @prop {() => string | null | Promise<string | null>} getToken - gives the JWT, null while signed out
 * @prop {(change: ChangeRecord) => string} describe - names a change for a person; rendered as text
 * @prop {Messages} messages - words that replace those of the language
 * @prop {SyncStatus} status - readonly; what is true now
 * @event {CustomEvent<SyncStatus>} sync-status-change - as it really is, not held back as the label may be
 * @event {CustomEvent<{ changeId: string, status: string, version: number }>} sync-change-applied - a change was settled
 * @event {CustomEvent<FailedChange>} sync-change-rejected - a change could not be saved
 * @event {CustomEvent<OpenConflict>} sync-conflict - a conflict waits for a choice
 * @event {CustomEvent<{ changeId: string }>} sync-before-discard - cancelable
 * @event {CustomEvent<{ reason: string }>} sync-auth-required - cancelable; else the token is asked for again
 * @event {CustomEvent} sync-token-request - asks for a token by `event.respondWith(token)` where there is no `getToken`
 * @slot icon - replaces the icon
 * @slot label - replaces the label
 * @slot panel-header - above the panel's content
 * @slot panel-footer - below the panel's content
 * @slot change - a `<template>` that draws a change in the lists; elements with `data-field` get that field as text
 * @csspart button - the button
 * @csspart icon - its icon
 * @csspart label - its label
 * @csspart badge - how many changes wait or need somebody, on the icon variant
 * @csspart panel - the popover
 * @csspart section - a section of the panel
 * @csspart list - a list in a section
 * @csspart item - an item of a list, a field of a review
 * @csspart action - a button in the panel or the review
 * @csspart compare - the dialog of a review
 * @cssprop --sync-status-color - text
 * @cssprop --sync-status-bg - background
 * @cssprop --sync-status-accent - icon, focus, choice
 * @cssprop --sync-status-warning - icon of what needs attention
 * @cssprop --sync-status-danger - icon of what is not safe
 * @cssprop --sync-status-radius - of the button
 * @cssprop --sync-status-gap - between the button's parts
 * @cssprop --sync-status-font - of everything
 * @cssprop --sync-status-z - `z-index` of the panel where there is no top layer
 * @cssstate storage - one of the 13 states is set, e.g. `sync-status:state(failed)`
 * @cssstate lost
 * @cssstate failed
 * @cssstate conflict
 * @cssstate auth
 * @cssstate paused
 * @cssstate stale
 * @cssstate retrying
 * @cssstate offline
 * @cssstate syncing
 * @cssstate pending
 * @cssstate loading
 * @cssstate synced
 */
export class SyncStatusElement extends ElementProperties {
  static override styles = styles;
  readonly #client = createElementClient(this);
  #link: ClientLink | undefined;
  /** Syncs that somebody has asked for and that still run. */
  #asked = 0;
  #panel: PanelHolder | undefined;
  #nodes: ButtonNodes | undefined;
  readonly #words = createElementWords(this, () => this.requestUpdate());
  #unbind: (() => void) | undefined;
  #states = this.attachInternals?.().states;

  /** The client that is shown: the one given, else the page's client for `endpoint` and `name`. */
  get client(): SyncClient | null {
    return this.#client.get() ?? null;
  }
  set client(client: SyncClient | null) {
    this.#detach();
    this.#client.set(client ?? undefined);
    if (this.isConnected) this.#attach();
  }

  /** Gives the JWT; asked whenever one is needed, null while signed out. */
  get getToken(): TokenSource | undefined {
    return this.#client.getToken;
  }
  set getToken(source: TokenSource | undefined) {
    this.#client.getToken = source;
    this.#client.shown?.signIn();
  }

  /** What is true now (the label may still hold back a state for a moment). */
  get status(): SyncStatus {
    return agedStatus(this.#client.shown, this.clock.wallMs(), this.staleAfter);
  }

  /** Syncs now. */
  async sync(): Promise<void> {
    this.#asked++;
    this.#link?.look();
    try {
      await this.client?.manualSync();
    } finally {
      this.#asked--;
      this.#link?.look();
    }
  }
  /** Sends nothing until `resume()`. */
  async pause(): Promise<void> {
    await this.client?.pause();
  }
  /** Goes on after a pause. */
  async resume(): Promise<void> {
    await this.client?.resume();
  }
  /** Opens the panel, where there is one. */
  async open(): Promise<void> {
    await this.updateComplete;
    const panel = this.#nodes?.panel;
    if (panel?.isConnected) panel.showPopover?.();
  }
  /** Closes the panel. */
  async close(): Promise<void> {
    await this.updateComplete;
    this.#nodes?.panel.hidePopover?.();
  }
  /** Queues a failed change again, with what depends on it. */
  async retry(changeId: string): Promise<void> {
    await this.client?.retry(changeId);
  }
  /** Gives a failed change up; resolves to false if a `sync-before-discard` listener said no. */
  async discard(changeId: string): Promise<boolean> {
    if (!this.#emit("sync-before-discard", { changeId }, true)) return false;
    await this.client?.discard(changeId);
    return true;
  }
  /** Settles a conflict; `value` is `"mine"`, `"theirs"` or fields. */
  async resolve(id: string, value: Parameters<SyncClient["resolve"]>[1]): Promise<void> {
    await this.client?.resolve(id, value);
  }
  /** Downloads the queue for support, the contents of records redacted unless `values` is true. */
  async exportLog(options?: { values?: boolean }): Promise<void> {
    await this.client?.changeQueueDebug.export(options);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // At once: what a page set before the element was defined (endpoint, name) decides which client this is.
    if (!this.hasUpdated) this.performUpdate();
    // It may have come under another language.
    else this.requestUpdate();
    this.#attach();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#detach();
  }

  protected override willUpdate(changed: PropertyValues): void {
    this.#words.update();
    if ((changed.has("endpoint") || changed.has("name")) && !this.#client.isGiven()) this.client = null;
    if (!this.hasUpdated) return;
    if (["bind", "watchStorage", "entityType"].some((name) => changed.has(name))) this.#bind();
    const { paused } = this;
    // Only a change says something: a person may have resumed since.
    if (paused ? changed.has("paused") : changed.get("paused")) {
      this.#client.shown?.[paused ? "pause" : "resume"]();
    }
  }

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    const root = super.createRenderRoot();
    this.#nodes = buildButton(root);
    this.#nodes.button.addEventListener("click", () => this.#click());
    this.#panel = createPanelHolder({
      element: this,
      shown: () => this.shown,
      label: () => this.#label(),
      lang: this.#words.lang,
      words: this.#words.all,
      client: () => this.#client.shown ?? null,
      main: () => this.#main(),
    }, this.#nodes);
    return root;
  }

  protected override update(changed: PropertyValues): void {
    super.update(changed);
    const { lang, dir, all } = this.#words;
    drawButton(this.#nodes!, this.shown, { label: this.#label(), lang: lang(), dir: dir() });
    this.#panel!.render(!this.noPanel, this.renderRoot, all().details as string ?? english.details);
  }

  /** The one thing to do in this state. */
  #main(): void {
    const { state, pausedBy } = this.status;
    if (state === "auth") {
      if (this.#emit("sync-auth-required", { reason: "signed_out" }, true)) this.#client.shown?.signIn();
    } else if (state !== "paused") this.sync();
    else if (pausedBy !== "service") {
      // The click is the person who says that what an erase held back is to be sent.
      this.#client.shown?.resume({ sendAfterErase: pausedBy === "erased" });
    }
  }

  #click(): void {
    if (this.noPanel) this.#main();
    else if (!this.#panel!.isOpen() && !/auth|paused/.test(this.status.state)) this.sync();
  }

  #attach(): void {
    const client = this.client;
    if (!client || this.#link) return;
    this.#client.attached();
    this.#link = linkClient(client, {
      clock: this.clock,
      status: () => this.status,
      isAsked: () => this.#asked > 0,
      show: (shown) => {
        this.shown = shown;
        this.#states?.clear();
        this.#states?.add(shown.state);
        return this.#label();
      },
      // Here, not with every drawing: some screen readers read again what is written again.
      say: (polite, alert) => {
        this.#nodes!.polite.textContent = polite;
        this.#nodes!.alert.textContent = alert;
      },
      changed: () => this.#panel?.changed(),
      emit: (...event) => this.#emit(...event),
    });
    this.#words.start();
    this.#bind();
    this.#link.look();
    // Its absence says nothing: another element may have paused on purpose.
    if (this.paused) client.pause();
    if (!this.noPanel) this.#panel?.load();
  }

  #detach(): void {
    this.#link?.stop();
    this.#link = undefined;
    this.#words.stop();
    this.#bind();
    this.#panel?.left();
    this.#client.detached();
  }

  /** Binds what the attributes name, as long as the element listens to this client, and nothing after that. */
  #bind(): void {
    const { bind, watchStorage, entityType, clock } = this;
    const client = this.#client.shown;
    this.#unbind?.();
    this.#unbind = undefined;
    if (!client || !this.#link) return;
    const root = this.getRootNode() as Document;
    this.#unbind = bindElement({ client, clock, root, bind, watchStorage, entityType });
  }

  #emit(type: keyof SyncStatusEventMap, detail: unknown, cancelable = false): boolean {
    return this.dispatchEvent(elementEvent(type, detail, cancelable));
  }

  #label(): string {
    return stateLabel(this.shown, this.#words.all(), this.#words.lang(), this.clock.wallMs());
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "sync-status": SyncStatusElement;
  }
}
