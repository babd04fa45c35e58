/** A page with its own array in a localStorage, the whole client and the whole server, in one process. */
import { assertEquals } from "@std/assert";
import { type DeviceStoreFactory, memoryStore, type SyncClient } from "../../../../client/mod.ts";
import { lookEveryMs, watchStorage } from "../../../../client/widget/bind/watch_storage.ts";
import { createVirtualClock } from "../virtual_clock.ts";
import { newServer, settle } from "./in_process.ts";

/** The key that is watched. */
export const key = "notes";
/** The type of its records. */
export const entityType = "note";
/** Where the agreement is kept. */
export const noteKey = `tenuto:watch:${key}`;

/** A localStorage that can be full. */
export class PageStorage {
  readonly texts = new Map<string, string>();
  /** UTF-16 units of keys and values. */
  sizeMax = Infinity;

  get size(): number {
    return [...this.texts].reduce((sum, [name, text]) => sum + name.length + text.length, 0);
  }

  getItem(name: string): string | null {
    return this.texts.get(name) ?? null;
  }

  setItem(name: string, text: string): void {
    const before = this.texts.get(name);
    const grows = text.length - (before?.length ?? -name.length);
    if (grows > 0 && this.size + grows > this.sizeMax) throw new DOMException("full", "QuotaExceededError");
    this.texts.set(name, text);
  }

  removeItem(name: string): void {
    this.texts.delete(name);
  }
}

/** What a page is opened with; what is not given is new. */
export interface PageOptions {
  /** Who is signed in; a function is asked whenever the client asks for a token. */
  user: string | (() => string | null);
  storage?: PageStorage;
  store?: DeviceStoreFactory;
}

/** One open page. */
export class WatchedPage {
  readonly client: SyncClient;
  readonly storage: PageStorage;
  readonly store: DeviceStoreFactory;
  readonly failures: unknown[] = [];
  readonly told: (string | null)[] = [];
  /** The page's own listener of `storage` events. */
  onTold = () => {};
  readonly #clock = createVirtualClock();
  readonly #stop: () => void;

  constructor(open: ReturnType<typeof newServer>, options: PageOptions) {
    this.storage = options.storage ?? new PageStorage();
    this.store = options.store ?? memoryStore();
    this.client = open(options.user, this.store);
    this.#stop = watchStorage({
      client: this.client,
      clock: this.#clock,
      key,
      entityType,
      storage: this.storage as unknown as Storage,
      told: (_key, _before, now) => {
        this.told.push(now);
        this.onTold();
      },
      failed: (error) => this.failures.push(error),
    });
  }

  read(): unknown[] {
    return JSON.parse(this.storage.getItem(key) ?? "null");
  }

  write(array: unknown): void {
    this.storage.setItem(key, JSON.stringify(array));
  }

  /** Lets the watch look, and waits until it is done. */
  async look(): Promise<void> {
    await this.client.ready;
    await settle();
    this.#clock.advance(lookEveryMs);
    await settle();
  }

  /** Syncs, and lets both sides come together. */
  async sync(): Promise<void> {
    await this.look();
    for (let i = 0; i < 2; i++) {
      const { error } = await this.client.manualSync();
      assertEquals(error, undefined);
      await this.look();
    }
  }

  /** Waits for what waits to be queued, without a sync. */
  async pending(): Promise<unknown[]> {
    await this.look();
    return (await this.client.changeQueue.getAllPendingChanges())
      .map(({ type, entityId, data }) => data ? [type, entityId, data] : [type, entityId]);
  }

  /** The end of the page; its storage and store stay. */
  async close(): Promise<void> {
    this.#stop();
    await this.client.close();
  }
}

/** Opens pages of one new site. */
export function newSite(): (options: PageOptions) => WatchedPage {
  const open = newServer();
  return (options) => new WatchedPage(open, options);
}

/** The titles of the page's records. */
export function titles(page: WatchedPage): unknown[] {
  return page.client.list(entityType).map(({ title }) => title);
}
