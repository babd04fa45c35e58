/** The element's own view of a client's status: before there is one, and when changes have waited too long. */
import type { SyncStatus } from "../sync_client_api.ts";

/** Before there is a client. */
export const checking: SyncStatus = {
  state: "loading",
  pending: 0,
  failed: 0,
  conflicts: 0,
  oldestPendingAt: null,
  lastSyncTime: null,
  nextAttemptAt: null,
  online: true,
  userId: null,
};

/** States that age can turn into `stale`. */
const canGetStale = /retrying|offline|syncing|pending/;

/** The status, `stale` where its oldest change waits for more than `staleAfterHours`; `nowMs` is wall time. */
export function agedStatus(status: SyncStatus, nowMs: number, staleAfterHours: number): SyncStatus {
  const isStale = status.oldestPendingAt !== null && canGetStale.test(status.state) &&
    nowMs - status.oldestPendingAt > staleAfterHours * 3_600_000;
  return isStale ? { ...status, state: "stale" } : status;
}
