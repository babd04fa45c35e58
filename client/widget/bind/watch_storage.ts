/**
 * `watch-storage="key"`: keeps a JSON array of localStorage and the client's records alike, so that a page that
 * already keeps its data there syncs without code of its own.
 *
 * A key that is missing or holds no array is never taken for a deletion: it is written again from the records.
 * The array of one user is never queued for another. Before the first sync nothing is queued. Where the array is
 * met for the first time, or was another user's, it is kept as it was under `<key>:before-sync`.
 */
import { type JsonObject, sameJson } from "../../../shared/mod.ts";
import type { SyncClient, SyncClientError } from "../../sync_client_api.ts";
import type { Clock } from "../../ports.ts";
import { arrayOf, firstChanges, type ItemChange, itemsById, pageChanges } from "./plan_array_sync.ts";

/** How often the key is looked at: a page's own writes fire no event in its own window. */
export const lookEveryMs = 1000;

/** What is watched, and with what. */
export interface WatchOptions {
  client: SyncClient;
  clock: Clock;
  key: string;
  entityType: string;
  storage: Storage;
  /** Tells the page that the array was written, as another tab's write would be told. */
  told(key: string, before: string | null, now: string): void;
  failed(error: unknown): void;
}

/** What both sides agreed on last. */
interface Agreed {
  userId: string;
  items: JsonObject[];
  /** Items that the client refused: they stay in the array, and are offered again when they change. */
  refused: JsonObject[];
}

/** Faults of the device rather than of an item: everything is tried again. */
const deviceFaults = ["quota", "storage", "closed"];

/** Watches until the function that it returns is called. */
export function watchStorage(options: WatchOptions): () => void {
  const { client, clock, key, entityType, storage, told, failed } = options;
  const agreedKey = `tenuto:watch:${key}`;
  let isBusy = false;
  let isStale = false;
  let isStopped = false;
  let seen: string | null | undefined;
  let cancel = () => {};

  async function bringTogether(): Promise<void> {
    const { userId, lastSyncTime } = client.status;
    const agreed = readAgreed(storage.getItem(agreedKey));
    const isOurs = agreed?.userId === userId;
    // A first meeting needs what the server has; who is signed in must be known.
    if (userId === null || (!isOurs && lastSyncTime === null)) return;
    const text = storage.getItem(key);
    const array = readArray(text);
    const refused = new Map<string, JsonObject>();
    if (array && agreed && isOurs) {
      const [base, page] = [itemsById(agreed.items), itemsById(array)];
      for (const [id, item] of itemsById(agreed.refused)) {
        if (!page.has(id) || !sameJson(page.get(id), item)) continue;
        refused.set(id, item);
        base.delete(id);
        page.delete(id);
      }
      await queue(pageChanges(base, page), page, refused);
    } else if (array) storage.setItem(`${key}:before-sync`, text!);
    if (array && !agreed) {
      const page = itemsById(array);
      await queue(firstChanges(page, records()), page, refused);
    }
    // The page may have written while the changes were stored: then the next look has it.
    if (isStopped || storage.getItem(key) !== text) return;
    const now = records();
    const written = JSON.stringify(
      arrayOf(agreed && !isOurs ? [] : array ?? [], new Map([...now, ...refused])),
    );
    const both: Agreed = { userId, items: [...now.values()], refused: [...refused.values()] };
    storage.setItem(agreedKey, JSON.stringify(both));
    if (!array || JSON.stringify(array) !== written) {
      storage.setItem(key, written);
      told(key, text, written);
    }
    seen = storage.getItem(key);
  }

  async function queue(
    changes: readonly ItemChange[],
    page: ReadonlyMap<string, JsonObject>,
    refused: Map<string, JsonObject>,
  ): Promise<void> {
    for (const change of changes) {
      try {
        await client.queueChange({ ...change, entityType });
      } catch (error) {
        const item = page.get(change.entityId);
        if (!item || deviceFaults.includes((error as SyncClientError).code)) throw error;
        // One bad item must not hold up the others.
        refused.set(change.entityId, item);
        failed(error);
      }
    }
  }

  const records = () => itemsById(client.list(entityType));

  async function look(): Promise<void> {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    try {
      while (isStale && !isStopped) {
        isStale = false;
        await bringTogether();
      }
    } catch (error) {
      failed(error);
    } finally {
      isBusy = false;
    }
  }

  function tick(): void {
    cancel = clock.setTimer(lookEveryMs, tick);
    if (storage.getItem(key) !== seen) void look();
  }

  const unsubscribe = client.subscribe(entityType, () => void look());
  const listening = new AbortController();
  client.addEventListener("status", () => {
    if (seen === undefined) void look();
  }, { signal: listening.signal });
  client.ready.then(() => isStopped || tick(), failed);
  return () => {
    isStopped = true;
    listening.abort();
    unsubscribe();
    cancel();
  };
}

function readArray(text: string | null): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function readAgreed(text: string | null): Agreed | null {
  try {
    const { userId, items, refused } = JSON.parse(text ?? "null") as Agreed;
    return Array.isArray(items) && Array.isArray(refused) ? { userId, items, refused } : null;
  } catch {
    return null;
  }
}
