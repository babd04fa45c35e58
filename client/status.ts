/**
 * The one truthful state, as a pure function of what is known. The first condition that holds wins; `synced`
 * is the last resort and needs proof: the server's head confirmed by an answer, and an empty queue.
 */
import type { SyncError, SyncState } from "./sync_client_api.ts";

/** What the state is made from. Times are wall ms. */
export interface StatusFacts {
  /** Why changes are not safe on this device, or null. */
  storageProblem: string | null;
  /** Unsynced work is known to be lost, in words, or null. */
  lost: string | null;
  failed: number;
  conflicts: number;
  pending: number;
  oldestPendingAt: number | null;
  /** No usable token, or the last one was refused. */
  signedOut: boolean;
  pausedBy: "site" | "service" | "erased" | null;
  /** Why the last exchange failed; null after a success. */
  lastError: SyncError | null;
  /** What the browser says; trusted only before any request has told. */
  browserOnline: boolean;
  syncing: boolean;
  /** An answer has confirmed the server's head since this page began. */
  headConfirmed: boolean;
  nowMs: number;
  /** Age from which pending changes are stale. */
  staleAfterMs: number;
}

/** The state to show. */
export function deriveState(facts: StatusFacts): SyncState {
  const { pending, lastError } = facts;
  if (facts.storageProblem !== null) return "storage";
  if (facts.lost !== null) return "lost";
  if (facts.failed > 0) return "failed";
  if (facts.conflicts > 0) return "conflict";
  if (facts.signedOut) return "auth";
  if (facts.pausedBy !== null) return "paused";
  if (isStale(facts)) return "stale";
  // A new attempt after a failure does not hide the failure until it has succeeded.
  if (isOffline(facts)) return "offline";
  if (lastError !== null) return "retrying";
  if (facts.syncing && pending > 0) return "syncing";
  if (pending > 0) return "pending";
  return facts.headConfirmed ? "synced" : "loading";
}

/** Whether the network, rather than the server, is what fails. */
export function isOffline(
  { lastError, browserOnline }: Pick<StatusFacts, "lastError" | "browserOnline">,
): boolean {
  // What a request said counts; the browser's word counts only where no request has failed otherwise.
  if (lastError === null) return !browserOnline;
  return lastError.code === "offline" || (lastError.code === "timeout" && !browserOnline);
}

function isStale({ pending, oldestPendingAt, nowMs, staleAfterMs }: StatusFacts): boolean {
  return pending > 0 && oldestPendingAt !== null && nowMs - oldestPendingAt >= staleAfterMs;
}
