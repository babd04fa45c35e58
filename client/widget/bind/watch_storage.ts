/**
 * `watch-storage="key"`: keeps a JSON array of localStorage and the client's records alike, so that a page that
 * already keeps its data there syncs without code of its own. This file says when to look; what one look does is
 * in `bring_together.ts`.
 */
import type { SyncClient } from "../../sync_client_api.ts";
import type { Clock } from "../../ports.ts";
import { ArrayMeeting } from "./bring_together.ts";

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
  told(key: string, before: string | null, now: string | null): void;
  failed(error: unknown): void;
}

/** Watches until the function that it returns is called. */
export function watchStorage(options: WatchOptions): () => void {
  const { client, clock, key, entityType, storage } = options;
  const listening = new AbortController();
  const { signal } = listening;
  let isBusy = false;
  let isStale = false;
  let trouble = "";
  let account = "";
  let cancel = () => {};
  const failed = (error: unknown) => {
    // A fault that lasts is met at every look.
    if (trouble !== (trouble = String(error))) options.failed(error);
  };
  const meeting = new ArrayMeeting({ ...options, failed }, signal);

  async function look(): Promise<void> {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    try {
      while (isStale && !signal.aborted) {
        isStale = false;
        await meeting.bringTogether();
        if (meeting.seen !== undefined) trouble = "";
      }
    } catch (error) {
      failed(error);
    } finally {
      isBusy = false;
    }
  }

  function tick(): void {
    cancel = clock.setTimer(lookEveryMs, tick);
    if (storage.getItem(key) !== meeting.seen) void look();
  }

  const unsubscribe = client.subscribe(entityType, () => void look());
  client.addEventListener("status", ({ detail: { userId, lastSyncTime } }) => {
    if (account === (account = `${lastSyncTime === null} ${userId}`)) return;
    try {
      meeting.changeHands(userId);
    } catch (error) {
      failed(error);
    }
    void look();
  }, { signal });
  client.ready.catch(options.failed).then(() => signal.aborted || tick());
  return () => {
    listening.abort();
    unsubscribe();
    cancel();
  };
}
