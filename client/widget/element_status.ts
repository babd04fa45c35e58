/** The element's own view of a client's status: before there is one, and when changes have waited too long. */
import type { SyncClient, SyncState, SyncStatus } from "../sync_client_api.ts";

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

/** States above which only `stale` can rank. */
const canBeStale = /stale|retrying|offline|syncing|pending/;

/**
 * The status, `stale` once its oldest change has waited for `staleAfter` hours; none, 0 and what is no number count
 * as 24. A client calls a change stale after a day: where the site waits longer, what is beneath is shown.
 */
export function agedStatus(
  client: SyncClient | undefined,
  nowMs: number,
  staleAfter: number | null | undefined,
): SyncStatus {
  const status = client?.status ?? checking;
  const { state, oldestPendingAt } = status;
  if (!client || oldestPendingAt === null || !canBeStale.test(state)) return status;
  const isStale = nowMs - oldestPendingAt >= (staleAfter || 24) * 3_600_000;
  const shown = isStale ? "stale" : state === "stale" ? stateBeneath(client) : state;
  return shown === state ? status : { ...status, state: shown };
}

/** The state that a client would report if age did not count. */
function stateBeneath({ status, debug, isSyncing }: SyncClient): SyncState {
  if (!status.online) return "offline";
  // No next attempt is planned while one runs: it does not hide the failure before it has succeeded.
  const last = debug.timeline().findLast(({ what }) => /failed|applied/.test(what));
  if (status.nextAttemptAt || last?.what === "failed") return "retrying";
  return isSyncing ? "syncing" : "pending";
}
