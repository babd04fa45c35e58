import type { SyncError, SyncResult } from "../sync_client_api.ts";

/** Result of a sync that did not take place. */
export function nothingDone(error: SyncError): SyncResult {
  return { success: false, changesPushed: 0, changesApplied: 0, conflicts: 0, error };
}
