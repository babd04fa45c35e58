/**
 * What may be shown when, so that the label neither flickers nor lies:
 *
 *     syncing  shown once it lasts 400 ms, then for at least 600 ms
 *     offline  shown once it lasts 2 s
 *     others   at once; storage and lost also cut a shown `syncing` short
 *
 * While a state is held back the label before it stays if it may still be true: a trouble that the client no
 * longer reports does not, nor does `synced` over changes that wait.
 */
import type { Clock } from "../ports.ts";
import type { SyncState, SyncStatus } from "../sync_client_api.ts";

/** `syncing` must last this long before it is shown. */
export const syncingAfterMs = 400;
/** A shown `syncing` stays this long. */
export const syncingForMsMin = 600;
/** `offline` must last this long before it is shown. */
export const offlineAfterMs = 2000;

/** Decides what is shown; feed it every status. */
export interface ShownStatus {
  update(status: SyncStatus): void;
  /** Cancels the timer. */
  stop(): void;
}

/** Calls `show` with what the label may say now. */
export function createShownStatus(clock: Clock, show: (status: SyncStatus) => void): ShownStatus {
  let shown: SyncStatus | undefined;
  let shownSince = 0;
  let latest: SyncStatus;
  let latestSince = 0;
  let cancel = () => {};

  function put(status: SyncStatus, nowMs: number): void {
    if (shown?.state !== status.state) shownSince = nowMs;
    show(shown = status);
  }

  function evaluate(): void {
    cancel();
    const { state } = latest;
    const nowMs = clock.monotonicMs();
    const heldMs = shown?.state === "syncing" && !/syncing|storage|lost/.test(state)
      ? shownSince + syncingForMsMin - nowMs
      : 0;
    if (heldMs > 0) {
      cancel = clock.setTimer(heldMs, evaluate);
      return;
    }
    const delayMs = shown?.state === state
      ? 0
      : state === "syncing"
      ? syncingAfterMs
      : state === "offline"
      ? offlineAfterMs
      : 0;
    const waitMs = latestSince + delayMs - nowMs;
    if (waitMs <= 0) return put(latest, nowMs);
    cancel = clock.setTimer(waitMs, evaluate);
    put({ ...latest, state: standIn(shown?.state, latest.pending) }, nowMs);
  }

  return {
    update(status) {
      if (status.state !== latest?.state) latestSince = clock.monotonicMs();
      latest = status;
      evaluate();
    },
    stop: () => cancel(),
  };
}

/** What stands while `syncing` or `offline` is held back; `shown` is another state. */
function standIn(shown: SyncState | undefined, pending: number): SyncState {
  // The network's troubles are over when an exchange has succeeded.
  if (shown === "retrying" || shown === "offline") return shown;
  return pending ? "pending" : shown === "synced" ? shown : "loading";
}
