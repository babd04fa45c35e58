/**
 * Background Sync by the page's service worker. The tag and the message are the whole contract between
 * `/sync-worker.js` and a page; a page without a service worker, or a browser without Background Sync (all but
 * Chromium), does without.
 */
import type { BackgroundSync } from "../ports.ts";

/** Tag of the sync event that `/sync-worker.js` listens for. */
export const backgroundSyncTag = "tenuto-sync";
/** Data of the message by which a service worker asks a page for a token. */
export const handoverRequest = "tenuto-handover";

/** The part of Background Sync that TypeScript's DOM library lacks. */
type WithSync = ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } };

export const workerBackgroundSync: BackgroundSync = {
  request() {
    serviceWorkers()?.getRegistration()
      .then((registration) => (registration as WithSync | undefined)?.sync?.register(backgroundSyncTag))
      // Refused permissions and private windows: the page syncs by itself as ever.
      .catch(() => {});
  },
  answer(handOver) {
    const container = serviceWorkers();
    const listener = (event: MessageEvent) => {
      const [port] = event.ports;
      if (event.data !== handoverRequest || !port) return;
      handOver().then((handover) => port.postMessage(handover), () => port.postMessage(null));
    };
    container?.addEventListener("message", listener);
    container?.startMessages?.();
    return () => container?.removeEventListener("message", listener);
  },
};

/** The page's; a sandboxed frame may not even ask for it. */
function serviceWorkers(): ServiceWorkerContainer | undefined {
  try {
    return globalThis.navigator?.serviceWorker;
  } catch {
    return undefined;
  }
}
