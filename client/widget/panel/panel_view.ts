/**
 * The panel's content: what is going on, what waits, what could not be saved. A pure function of its view;
 * data reaches the page as text nodes only.
 */
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { ChangeRecord, FailedChange, SyncStatus } from "../../sync_client_api.ts";
import type { MessageValues } from "../format_message.ts";
import type { PanelMessageKey } from "./panel_messages.ts";

/** Longest list that is drawn; the rest is counted. */
export const listedChangesMax = 100;

/** What the panel shows and can do. */
export interface PanelView {
  status: SyncStatus;
  label: string;
  waiting: readonly ChangeRecord[];
  failed: readonly FailedChange[];
  /** changeId whose discard waits for a second click. */
  discarding: string | undefined;
  text(key: PanelMessageKey, values?: MessageValues): string;
  /** `[ISO time, spoken]` of a wall time in ms. */
  age(atMs: number): readonly [string, string];
  /** A length of time, spoken. */
  until(atMs: number): string;
  describe(change: ChangeRecord): string;
  act(action: "main" | "retry" | "discard", changeId?: string): void;
}

/** The content of the popover. */
export function renderPanel(view: PanelView): TemplateResult {
  const { status, waiting, failed, text, act } = view;
  const { state, progress, storageProblem, lastSyncTime, nextAttemptAt } = status;
  const action: PanelMessageKey | undefined = state === "auth"
    ? "signIn"
    : state === "paused"
    ? status.pausedBy === "service" ? undefined : "resume"
    : state === "retrying"
    ? "retryNow"
    : "syncNow";
  return html`<slot name="panel-header"></slot><h2>${view.label}</h2>
${storageProblem ? html`<p>${storageProblem}</p>` : nothing}
${state === "paused" && !action ? html`<p>${text("servicePaused")}</p>` : nothing}
${
    progress
      ? html`<progress aria-label=${view.label} .max=${progress.total} .value=${progress.done}></progress>`
      : nothing
  }
${
    state === "retrying" && nextAttemptAt
      ? html`<p>${text("retryingIn", { when: view.until(nextAttemptAt) })}</p>`
      : nothing
  }
${lastSyncTime ? lastSynced(view, lastSyncTime) : nothing}
${action ? html`<button part="action" @click=${() => act("main")}>${text(action)}</button>` : nothing}
${list(view, "notSaved", failed, failedItem)}${list(view, "waiting", waiting, waitingItem)}
<slot name="panel-footer"></slot>`;
}

function lastSynced({ age, text }: PanelView, atMs: number): TemplateResult {
  const [iso, spoken] = age(atMs);
  return html`<p><time datetime=${iso}>${text("lastSynced", { when: spoken })}</time></p>`;
}

function list<T extends ChangeRecord>(
  view: PanelView,
  title: PanelMessageKey,
  changes: readonly T[],
  item: (view: PanelView, change: T) => TemplateResult,
): TemplateResult | typeof nothing {
  const hidden = changes.length - listedChangesMax;
  return changes.length
    ? html`
      <section part="section">
        <h3>${view.text(title)}</h3>
        <ul part="list">
      ${changes.slice(0, listedChangesMax).map((change) => item(view, change))}
      ${hidden > 0 ? html`<li>${view.text("more", { n: hidden })}</li>` : nothing}</ul>
      </section>
    `
    : nothing;
}

function waitingItem({ describe, age }: PanelView, change: ChangeRecord): TemplateResult {
  const [iso, spoken] = age(change.timestamp);
  return html`<li part="item"><span>${describe(change)}</span><time datetime=${iso}>${spoken}</time></li>`;
}

function failedItem(
  { describe, text, act, discarding }: PanelView,
  change: FailedChange,
): TemplateResult {
  const { changeId, dependsOn } = change;
  const name = describe(change);
  const discardText = text(discarding === changeId ? "discardSure" : "discard");
  const button = (action: "retry" | "discard", label: string) =>
    html`<button part="action" aria-label=${label + ": " + name} @click=${() =>
      act(action, changeId)}>${label}</button>`;
  return html`<li part="item"><span>${name}</span>${
    dependsOn
      ? html`<p>${text("dependent")}</p>`
      : html`${button("retry", text("retry"))}${button("discard", discardText)}<p>${change.reason}</p>`
  }</li>`;
}
