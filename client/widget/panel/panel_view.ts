/**
 * The panel's content: what is going on, its sections, its footer. A pure function of its view; data reaches
 * the page as text nodes only.
 */
import { html, nothing, repeat, type TemplateResult } from "../templates.ts";
import type {
  ChangeRecord,
  FailedChange,
  OpenConflict,
  SyncStatus,
  TimelineStep,
} from "../../sync_client_api.ts";
import { devicesSection, type DevicesView } from "./devices_section.ts";
import { historySection } from "./history_section.ts";
import type { PanelMessageKey, PanelText } from "./panel_messages.ts";
import { storageSection, type StorageView } from "./storage_section.ts";

/** Longest list that is drawn; the rest is counted. */
export const listedChangesMax = 100;

/** What a button of the panel does. */
export type PanelAction =
  | "main"
  | "sync"
  | "pause"
  | "resume"
  | "export"
  | "exportValues"
  | "retry"
  | "edit"
  | "discard"
  | "undo"
  | "compare"
  | "keepData";

/** What the panel shows and can do. */
export interface PanelView {
  status: SyncStatus;
  label: string;
  waiting: readonly ChangeRecord[];
  failed: readonly FailedChange[];
  conflicts: readonly OpenConflict[];
  devices: DevicesView;
  timeline: readonly TimelineStep[];
  storage: StorageView;
  /** What was just done, and the action that belongs to it. */
  notice: { text: string; action?: PanelAction; label?: PanelMessageKey };
  text: PanelText;
  lang: string;
  /** `[ISO time, spoken]` of a wall time in ms. */
  age(atMs: number): readonly [string, string];
  /** A length of time, spoken. */
  until(atMs: number): string;
  describe(change: ChangeRecord): unknown;
  /** The same as plain text, for names of buttons. */
  name(change: ChangeRecord): string;
  /** The record of a conflict, as a change. */
  conflicted(conflict: OpenConflict): ChangeRecord;
  act(action: PanelAction, id?: string): void;
  /** A section that loads its content was opened. */
  opened(section: "devices" | "storage", isOpen: boolean): void;
}

/** The content of the popover. */
export function renderPanel(view: PanelView): TemplateResult {
  const { status, text, notice } = view;
  const { state, progress, storageProblem, lastSyncTime, nextAttemptAt, pausedBy } = status;
  return html`<slot name="panel-header"></slot><h2>${view.label}</h2>
${storageProblem ? html`<p dir="auto">${storageProblem}</p>` : nothing}
${state === "paused" && pausedBy === "service" ? html`<p>${text("servicePaused")}</p>` : nothing}
${state === "paused" && pausedBy === "erased" ? html`<p>${text("erasedElsewhere")}</p>` : nothing}
${progress ? progressBar(view, progress) : nothing}
${
    state === "retrying" && nextAttemptAt
      ? html`<p>${text("retryingIn", { when: view.until(nextAttemptAt) })}</p>`
      : nothing
  }
${lastSyncTime ? lastSynced(view, lastSyncTime) : nothing}
${mainAction(view)}
<p class="notice"><span role="status">${notice.text}</span>${
    notice.action ? button(view, notice.action, text(notice.label!)) : nothing
  }</p>
${list(view, "notSaved", view.failed, (change) => change.changeId, failedItem)}
${list(view, "conflicts", view.conflicts, (conflict) => conflict.id, conflictItem)}
${list(view, "waiting", view.waiting, (change) => change.changeId, waitingItem)}
${devicesSection(view, view.devices, (isOpen) => view.opened("devices", isOpen))}
${historySection(view, view.timeline)}
${
    storageSection(
      view,
      view.storage,
      state === "storage",
      (isOpen) => view.opened("storage", isOpen),
      () => view.act("keepData"),
    )
  }
<footer>${button(view, "sync", text("syncNow"))}${pauseButton(view)}${
    button(view, "export", text("exportLog"))
  }</footer>
<slot name="panel-footer"></slot>`;
}

function progressBar({ label, text }: PanelView, { done, total }: { done: number; total: number }) {
  return html`<p><progress aria-label=${label} .max=${total} .value=${done}></progress> ${
    text("progress", { done, total })
  }</p>`;
}

function lastSynced({ age, text }: PanelView, atMs: number): TemplateResult {
  const [iso, spoken] = age(atMs);
  return html`<p><time datetime=${iso}>${text("lastSynced", { when: spoken })}</time></p>`;
}

/** What this state asks for, where the footer does not have it. */
function mainAction(view: PanelView): TemplateResult | typeof nothing {
  const { status: { state, pausedBy }, text } = view;
  const label: PanelMessageKey | undefined = state === "auth"
    ? "signIn"
    : state === "retrying"
    ? "retryNow"
    : state === "paused" && pausedBy !== "service"
    ? "resume"
    : undefined;
  return label ? button(view, "main", text(label), { isMain: true }) : nothing;
}

function pauseButton(view: PanelView): TemplateResult | typeof nothing {
  return view.status.pausedBy ? nothing : button(view, "pause", view.text("pause"));
}

function button(
  { act }: PanelView,
  action: PanelAction,
  label: string,
  { id, about, isMain }: { id?: string; about?: string; isMain?: boolean } = {},
): TemplateResult {
  return html`
    <button part="action" type="button" class=${isMain ? "main" : ""} aria-label=${about
      ? `${label}: ${about}`
      : nothing}
      @click=${() => act(action, id)}>${label}</button>
  `;
}

function list<T>(
  view: PanelView,
  title: PanelMessageKey,
  rows: readonly T[],
  key: (row: T) => string,
  item: (view: PanelView, row: T) => TemplateResult,
): TemplateResult | typeof nothing {
  const hidden = rows.length - listedChangesMax;
  return rows.length
    ? html`
      <section part="section" class=${title}>
        <h3>${view.text(title)}</h3>
        <ul part="list">
      ${repeat(rows.slice(0, listedChangesMax), key, (row) => item(view, row))}
      ${hidden > 0 ? html`<li>${view.text("more", { n: hidden })}</li>` : nothing}</ul>
      </section>
    `
    : nothing;
}

function waitingItem({ describe, age }: PanelView, change: ChangeRecord): TemplateResult {
  const [iso, spoken] = age(change.timestamp);
  return html`<li part="item"><span dir="auto">${
    describe(change)
  }</span><time datetime=${iso}>${spoken}</time></li>`;
}

function failedItem(view: PanelView, change: FailedChange): TemplateResult {
  const { text } = view;
  const { changeId, dependsOn, data } = change;
  const about = view.name(change);
  const action = (what: "retry" | "edit" | "discard") =>
    button(view, what, text(what), { id: changeId, about });
  return html`<li part="item" class=${dependsOn ? "dependent" : ""}><span dir="auto">${
    view.describe(change)
  }</span>${
    dependsOn ? html`<p>${text("dependent")}</p>` : html`
      <p dir="auto">${change.reason}</p>
      <div>${action("retry")}${data && change.type !== "DELETED" ? action("edit") : nothing}${action(
        "discard",
      )}</div>
    `
  }</li>`;
}

function conflictItem(view: PanelView, conflict: OpenConflict): TemplateResult {
  const change = view.conflicted(conflict);
  const options = { id: conflict.id, about: view.name(change) };
  return html`<li part="item"><span dir="auto">${view.describe(change)}</span>${
    button(view, "compare", view.text("compare"), options)
  }</li>`;
}
