/**
 * `/sync-worker.js`: drains the queue on the Background Sync event. Optional. A site registers a file of its own
 * with one line in it,
 *
 *     importScripts("https://your-sync.example/sync-worker.js");
 *
 * (or `import` of the same address in a module worker). It takes no part in fetching or caching.
 */
import { backgroundSyncTag } from "../adapters/worker_background_sync.ts";
import { drainQueues, type OpenPage } from "./drain_queues.ts";

/** The part of a service worker's global scope that is used here. */
interface WorkerScope extends EventTarget {
  clients: { matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<OpenPage[]> };
}
/** The Background Sync event, which TypeScript's library lacks. */
type SyncEvent = Event & { tag: string; waitUntil(work: Promise<unknown>): void };

const scope = globalThis as unknown as WorkerScope;

scope.addEventListener("sync", (event) => {
  const { tag } = event as SyncEvent;
  if (tag !== backgroundSyncTag) return;
  const drain = scope.clients.matchAll({ type: "window", includeUncontrolled: true }).then(drainQueues);
  (event as SyncEvent).waitUntil(drain);
});
