/**
 * What an element binds for a page that has no code of its own: a form, an array in localStorage. A chunk of its
 * own, fetched where one of the attributes is used.
 */
import type { Clock } from "../../ports.ts";
import type { SyncClient } from "../../sync_client_api.ts";
import { bindForm } from "./bind_form.ts";
import { followForm } from "./follow_form.ts";
import { typeName } from "./type_name.ts";
import { watchStorage } from "./watch_storage.ts";

/** The attributes, and what the element works with. */
export interface BindingOptions {
  client: SyncClient;
  clock: Clock;
  /** Where the form is looked for: the document or shadow root of the element. */
  root: Document | ShadowRoot;
  /** Selector of the form, or null. */
  bind: string | null;
  /** Key of localStorage, or null. */
  watchStorage: string | null;
  /** Type of the records, or null for one made from the form's or key's name. */
  entityType: string | null;
}

/** Binds until the function that it returns is called. What cannot be bound is told, and stops nothing else. */
export function startBindings(options: BindingOptions): () => void {
  const { client, clock, root, bind, watchStorage: key } = options;
  const stops: (() => void)[] = [];
  const failed = (error: unknown) => console.error("<sync-status>:", error);
  const start = (binding: () => () => void) => {
    try {
      stops.push(binding());
    } catch (error) {
      failed(error);
    }
  };
  if (bind) {
    const bindOne = (form: HTMLFormElement) => {
      const entityId = form.getAttribute("id") || form.getAttribute("name") || "form";
      const entityType = options.entityType ?? typeName(entityId);
      return bindForm({ client, clock, form, entityType, entityId, storage: usableStorage(), failed });
    };
    start(() => followForm({ root, selector: bind, clock, bind: bindOne, failed }));
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
    start(() => watchStorage({ client, clock, key, entityType, storage: localStorage, told, failed }));
  }
  return () => stops.forEach((stop) => stop());
}

/** localStorage; null in a frame, or with settings, that forbid it. */
function usableStorage(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
