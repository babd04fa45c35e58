/** What the panel's buttons do, and what is said about it afterwards. */
import type { FailedChange } from "../../sync_client_api.ts";
import { loadReview } from "../load_review.ts";
import type { Reviewer } from "../review/reviewer.ts";
import type { PanelContext } from "./panel_context.ts";
import type { PanelLists } from "./panel_lists.ts";
import type { PanelText } from "./panel_messages.ts";
import type { PanelNames } from "./panel_names.ts";
import type { PanelAction, PanelView } from "./panel_view.ts";
import { discardGroup, queueAgain } from "./undo_discard.ts";

/** What the actions need of their panel. */
export interface ActionsContext extends PanelContext {
  /** The modal dialog, for the review. */
  dialog: HTMLDialogElement;
  /** It is about to be opened. */
  dialogOpens(): void;
  lists: PanelLists;
  names: PanelNames;
  text: PanelText;
  /** The lists may have changed: reads and draws them. */
  refresh(): Promise<void>;
  /** Asks the browser to keep the data. */
  keepData(): Promise<void>;
}

/** The actions of one panel. */
export class PanelActions {
  #discarded: FailedChange[] = [];
  #reviewer: Reviewer | undefined;
  /** How often what is under way was given up. */
  #forgotten = 0;
  /** What was just done, and the action that belongs to it. */
  notice: PanelView["notice"] = { text: "" };

  constructor(private readonly context: ActionsContext) {}

  /** Does `action`, to the change or conflict `id`; says what went wrong. */
  async act(action: PanelAction, id: string): Promise<void> {
    try {
      await this.#act(action, id);
    } catch (error) {
      this.#say({ text: (error as Error).message });
    }
  }

  /** Forgets what was done: the panel has closed, or has another user. */
  forget(): void {
    this.#forgotten++;
    this.#discarded = [];
    this.notice = { text: "" };
  }

  /** Fetches the review once; after a failure the next need tries again. */
  async review(): Promise<Reviewer> {
    if (this.#reviewer) return this.#reviewer;
    const { context } = this;
    const { dialog, words, lang, names, lists, element } = context;
    const { Reviewer } = await loadReview().catch(() => {
      throw new Error(context.text("notLoaded"));
    });
    return this.#reviewer ??= new Reviewer({
      dialog,
      words,
      lang,
      nameOf: (change) => names.name(change),
      title: (conflict) => names.name(names.conflicted(conflict)),
      list: () => lists.conflicts,
      live: (conflict) => names.record(names.conflicted(conflict)),
      resolve: (id, choice) => element.resolve(id, choice),
      save: async ({ changeId }, data) => await context.client()?.retry(changeId, data),
      say: (text) => this.#say({ text }),
      closed: () => void context.refresh(),
    });
  }

  /** Something moved: an open review looks again. */
  refreshReview(): void {
    this.#reviewer?.refresh();
  }

  #say(notice: PanelView["notice"]): void {
    this.notice = notice;
    this.context.element.requestUpdate();
  }

  async #act(action: PanelAction, id: string): Promise<void> {
    const { context } = this;
    const { element } = context;
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
        return this.#say({ text: context.text("exported"), action: "exportValues", label: "exportValues" });
      case "exportValues":
        return await element.exportLog({ values: true });
      case "edit":
      case "compare":
        return await this.#openReview(action, id);
      case "keepData":
        return await context.keepData();
      case "retry":
        await element.retry(id);
        break;
      case "discard":
        await this.#discard(id);
        break;
      case "undo":
        await this.#undo();
        break;
    }
    await context.refresh();
  }

  /** Opens the dialog, unless the panel has closed while the review was fetched: nobody would see it. */
  async #openReview(action: "edit" | "compare", id: string): Promise<void> {
    const { lists, dialogOpens } = this.context;
    const before = this.#forgotten;
    const reviewer = await this.review();
    if (before !== this.#forgotten) return;
    dialogOpens();
    if (action === "edit") {
      const failed = lists.failed.find(({ changeId }) => changeId === id);
      if (failed) reviewer.edit(failed);
    } else {
      const conflict = lists.conflicts.find((one) => one.id === id);
      if (conflict) reviewer.compare(conflict);
    }
  }

  async #discard(changeId: string): Promise<void> {
    const { lists, element, names, text } = this.context;
    const group = discardGroup(lists.failed, changeId);
    if (!group[0] || !await element.discard(changeId)) return;
    this.#discarded = group;
    const what = names.name(group[0]);
    this.#say({ text: text("discarded", { what }), action: "undo", label: "undo" });
  }

  async #undo(): Promise<void> {
    const client = this.context.client();
    const discarded = this.#discarded;
    const before = this.#forgotten;
    this.#discarded = [];
    try {
      if (client) await queueAgain(client, discarded);
    } catch (error) {
      if (before !== this.#forgotten) return;
      this.#discarded = discarded;
      this.#say({ text: (error as Error).message, action: "undo", label: "undo" });
    }
  }
}
