/** One shape per kind of state, so that colour is never alone in telling them apart. Paths on a 16 × 16 grid. */
import type { SyncState } from "../sync_client_api.ts";

const triangle = "M8 2.5 14.2 13.5H1.8zM8 6.5v3.2M8 11.6v.1";
const up = "M8 13V3.5M4 7.5l4-4 4 4";

/** Path data by state. */
export const iconPaths: Record<SyncState, string> = {
  storage: triangle,
  lost: triangle,
  failed: triangle,
  stale: triangle,
  conflict: "M8 14V9L3.5 3.5M8 9l4.5-5.5",
  auth: "M8 8a2.6 2.6 0 1 0-.1 0zM3 14a5 5 0 0 1 10 0",
  paused: "M5.5 3.5v9M10.5 3.5v9",
  retrying: "M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3",
  offline: "M2.5 2.5l11 11M6 4.4a4 4 0 0 1 5.8 2.6 2.6 2.6 0 0 1 1.7 4M11 12H4.6a2.6 2.6 0 0 1-.3-5.1",
  syncing: up,
  pending: up,
  loading: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  synced: "M3 8.5l3.4 3.4L13 4.5",
};
