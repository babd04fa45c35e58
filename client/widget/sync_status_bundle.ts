/** `/sync-status.js`: the client, the element, and its definition. */
import { defineSyncStatus } from "./define.ts";

export * from "../sync_engine_bundle.ts";
export { SyncStatusElement } from "./sync_status.ts";

defineSyncStatus();
