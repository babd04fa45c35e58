/**
 * `bind="#form"`: one record holds the form's values. The form is filled from the record, also when another
 * device changes it; what a person enters is queued, only the fields that changed.
 *
 * A field that somebody is typing in is never overwritten; what they typed is queued when they pause.
 */
import { type JsonObject, sameJson } from "../../../shared/mod.ts";
import type { SyncClient } from "../../sync_client_api.ts";
import type { Clock } from "../../ports.ts";
import { fillForm, formValues } from "./form_values.ts";

/** Typing is queued after a pause of this length; a control that is left, at once. */
export const typedAfterMs = 400;

/** What is bound, and with what. */
export interface BindOptions {
  client: SyncClient;
  clock: Clock;
  form: HTMLFormElement;
  entityType: string;
  entityId: string;
  failed(error: unknown): void;
}

/** Binds until the function that it returns is called. */
export function bindForm(options: BindOptions): () => void {
  const { client, clock, form, entityType, entityId, failed } = options;
  const edited = new Set<string>();
  let cancel = () => {};
  let lane: Promise<void> = Promise.resolve();

  function show(): void {
    const record = client.get(entityType, entityId);
    if (record) fillForm(form, record, (name) => edited.has(name));
  }

  async function save(): Promise<void> {
    const values = formValues(form);
    const names = [...edited];
    edited.clear();
    const record = client.get(entityType, entityId);
    const fields: JsonObject = {};
    for (const name of record ? names : Object.keys(values)) {
      if (!record || !sameJson(record[name], values[name])) fields[name] = values[name];
    }
    if (Object.keys(fields).length === 0) return;
    await client.queueChange({ type: record ? "UPDATED" : "CREATED", entityType, entityId, data: fields });
  }

  function saveNow(): void {
    cancel();
    if (edited.size > 0) lane = lane.then(save).catch(failed);
  }

  function entered({ target, type }: Event): void {
    const { name } = target as HTMLInputElement;
    if (!Object.hasOwn(formValues(form), name)) return;
    edited.add(name);
    cancel();
    if (type === "change") saveNow();
    else cancel = clock.setTimer(typedAfterMs, saveNow);
  }

  const unsubscribe = client.subscribe(entityType, ({ ids }) => {
    if (ids.includes(entityId)) show();
  });
  for (const type of ["input", "change"]) form.addEventListener(type, entered);
  form.addEventListener("submit", saveNow);
  client.ready.then(show, failed);
  return () => {
    saveNow();
    unsubscribe();
    for (const type of ["input", "change"]) form.removeEventListener(type, entered);
    form.removeEventListener("submit", saveNow);
  };
}
