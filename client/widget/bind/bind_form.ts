/**
 * `bind="#form"`: one record holds what was entered into a form. The form shows the record, also when another device
 * changes it, and over it what is entered here; a control that somebody is at is filled when they leave it. Another
 * user finds the form as the page has it, with their own record.
 */
import { sameJson } from "../../../shared/mod.ts";
import type { SyncClient } from "../../sync_client_api.ts";
import type { Clock } from "../../ports.ts";
import { FormEdits } from "./form_edits.ts";
import { type Control, controlsByName, fillForm, formValues, resetForm } from "./form_values.ts";

/** What is bound, and with what. */
export interface BindOptions {
  client: SyncClient;
  clock: Clock;
  form: HTMLFormElement;
  entityType: string;
  entityId: string;
  /** Where edits are kept until they are queued; null where the page may keep nothing. */
  storage: Storage | null;
  failed(error: unknown): void;
}

/** Binds until the function that it returns is called. */
export function bindForm(options: BindOptions): () => void {
  const { client, clock, form, entityType, entityId, failed } = options;
  const root = form.getRootNode() as Document | ShadowRoot;
  const listening = new AbortController();
  const { signal } = listening;
  const edits = new FormEdits({ ...options, signal }, () => show());
  let owner: string | null | undefined;
  let account = "";
  let shown: string[] = [];
  /** Whose page it is is known. */
  let isOpen = false;

  const shownData = () => ({ ...client.get(entityType, entityId), ...edits.values });

  function isAt(name: string): boolean {
    const active = root.activeElement as Control | null;
    return active?.form === form && active.name === name && form.ownerDocument.hasFocus();
  }

  function show(isNewUser = false): void {
    if (signal.aborted) return;
    const data = shownData();
    if (isNewUser) resetForm(form);
    fillForm(form, data, (name) => !isNewUser && isAt(name), (name) => shown.includes(name));
    shown = Object.keys(data);
  }

  function follow(): void {
    if (!isOpen) return;
    const { userId, lastSyncTime } = client.status;
    if (account === (account = `${lastSyncTime === null} ${userId}`)) return;
    if (userId === owner) return edits.saveNow();
    const isNewUser = typeof owner === "string";
    owner = userId;
    edits.belongTo(userId);
    show(isNewUser);
  }

  function entered({ target, type }: Event): void {
    const control = target as Control;
    if (control.form !== form || !controlsByName(form).get(control.name)?.includes(control)) return;
    edits.enter(control.name, formValues(form)[control.name], type === "change");
  }

  /** The form's own reset is an edit of what the record has. */
  function reset(): void {
    if (signal.aborted) return;
    const data = shownData();
    for (const [name, value] of Object.entries(formValues(form))) {
      if (Object.hasOwn(data, name) && !sameJson(data[name], value)) edits.enter(name, value, true);
    }
  }

  const unsubscribe = client.subscribe(entityType, ({ ids }) => {
    if (ids.includes(entityId)) show();
  });
  // At the root: a control may stand outside the form that it names.
  for (const type of ["input", "change"]) root.addEventListener(type, entered, { capture: true, signal });
  // A task later: now the control still has the focus, or the form its values.
  root.addEventListener("focusout", ({ target }) => {
    if ((target as Control).form === form) clock.setTimer(0, show);
  }, { signal });
  form.addEventListener("reset", () => void clock.setTimer(0, reset), { signal });
  form.addEventListener("submit", () => edits.saveNow(), { signal });
  client.addEventListener("status", follow, { signal });
  // Private controls are noticed before a page shows what is in them.
  controlsByName(form);
  client.ready.catch(failed).then(() => {
    isOpen = true;
    follow();
    show();
  });
  const observer = new MutationObserver(() => show());
  observer.observe(form, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    edits.saveNow();
    unsubscribe();
    listening.abort();
  };
}
