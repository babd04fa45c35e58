/**
 * The demo stands on the published bundle, like any other page: it is loaded at run time and not built in.
 * The name is external to the demo's own bundle.
 */
export type SyncBundle = typeof import("../widget/sync_status_bundle.ts");

/** Loads `/sync-status.js`; the page's own script tag and this share one copy. */
export function loadSyncBundle(): Promise<SyncBundle> {
  const url = new URL("/sync-status.js", location.href).href;
  return import(url);
}
