/** A page with a bound form, the whole client and the whole server, in one process. */
import type { DeviceStoreFactory, SyncClient } from "../../../../client/mod.ts";
import { memoryStore } from "../../../../client/mod.ts";
import { bindForm } from "../../../../client/widget/bind/bind_form.ts";
import { createVirtualClock } from "../virtual_clock.ts";
import { newServer, settle } from "./in_process.ts";
import { PageStorage } from "./watched_page.ts";

export const entityType = "settings";
export const entityId = "form";

/** What a page is opened with; what is not given is new. */
export interface FormPageOptions {
  user: string | (() => string | null);
  html?: string;
  storage?: PageStorage | null;
  store?: DeviceStoreFactory;
}

/** One open page. */
export class FormPage {
  readonly client: SyncClient;
  readonly form = document.createElement("form");
  readonly clock = createVirtualClock();
  readonly failures: unknown[] = [];
  readonly stop: () => void;

  constructor(open: ReturnType<typeof newServer>, options: FormPageOptions) {
    const { user, html = '<input name="title"><input name="address">', store = memoryStore() } = options;
    const storage = options.storage === undefined ? new PageStorage() : options.storage;
    this.form.innerHTML = html;
    document.body.append(this.form);
    this.client = open(user, store);
    this.stop = bindForm({
      client: this.client,
      clock: this.clock,
      form: this.form,
      entityType,
      entityId,
      storage: storage as unknown as Storage,
      failed: (error) => this.failures.push(error),
    });
  }

  field(name: string): HTMLInputElement {
    return this.form.querySelector<HTMLInputElement>(`[name=${name}]`)!;
  }

  values(): string[] {
    return [...this.form.querySelectorAll("input")].map(({ value }) => value);
  }

  /** Somebody types, and leaves the field if `type` is `change`. */
  enter(name: string, value: string, type: "change" | "input" = "change"): void {
    this.field(name).value = value;
    this.field(name).dispatchEvent(new Event(type, { bubbles: true }));
  }

  /** Lets everything happen that waits for no time. */
  async settle(): Promise<void> {
    await this.client.ready;
    await settle();
  }

  async sync(): Promise<void> {
    await this.settle();
    await this.client.manualSync();
    await this.settle();
    await this.client.manualSync();
    await this.settle();
  }

  async pending(): Promise<unknown[]> {
    await this.settle();
    return (await this.client.changeQueue.getAllPendingChanges()).map(({ type, data }) => [type, data]);
  }

  get record(): unknown {
    return this.client.get(entityType, entityId);
  }

  async close(): Promise<void> {
    this.stop();
    this.form.remove();
    await this.client.close();
  }
}

/** Opens pages of one new site. */
export function newFormSite(): (options: FormPageOptions) => FormPage {
  const open = newServer();
  return (options) => new FormPage(open, options);
}
