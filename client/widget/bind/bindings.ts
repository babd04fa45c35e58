/**
 * What an element binds for a page that has no code of its own: a form, an array in localStorage. A chunk of its
 * own, fetched where one of the attributes is used.
 */
import type { Clock } from "../../ports.ts";
import type { SyncClient } from "../../sync_client_api.ts";
import { bindForm } from "./bind_form.ts";
import { watchStorage } from "./watch_storage.ts";

/** The attributes, and what the element works with. */
export interface BindingOptions {
  client: SyncClient;
  clock: Clock;
  /** Where the form is looked for: the document or shadow root of the element. */
  root: ParentNode;
  /** Selector of the form, or null. */
  bind: string | null;
  /** Key of localStorage, or null. */
  watchStorage: string | null;
  /** Type of the records, or null for one made from the form's or key's name. */
  entityType: string | null;
}

/** Binds until the function that it returns is called. */
export function startBindings(options: BindingOptions): () => void {
  const { client, clock, root, bind, watchStorage: key } = options;
  const stops: (() => void)[] = [];
  const failed = (error: unknown) => console.error("<sync-status>:", error);
  if (bind) {
    const form = root.querySelector<HTMLFormElement>(bind);
    if (!(form instanceof HTMLFormElement)) {
      failed(`Cannot bind the form: bind="${bind}" must be the selector of a <form> on the page.`);
    } else {
      const entityId = form.id || form.getAttribute("name") || "form";
      const entityType = options.entityType ?? typeName(entityId);
      stops.push(bindForm({ client, clock, form, entityType, entityId, failed }));
    }
  }
  if (key) {
    const told = (at: string, oldValue: string | null, newValue: string | null) =>
      dispatchEvent(
        new StorageEvent("storage", {
          key: at,
          oldValue,
          newValue,
          storageArea: localStorage,
          url: location.href,
        }),
      );
    const entityType = options.entityType ?? typeName(key);
    stops.push(watchStorage({ client, clock, key, entityType, storage: localStorage, told, failed }));
  }
  return () => stops.forEach((stop) => stop());
}

/** A name as an entity type: `My notes` is `my_notes`. */
export function typeName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+/, "").slice(0, 64);
  return plain || "record";
}
