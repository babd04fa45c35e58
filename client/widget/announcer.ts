/**
 * What a screen reader hears: a move into trouble and the first recovery after it, at most one announcement
 * in ten seconds; ordinary saving is silent. `storage` and `lost` are alerts and never wait.
 */
import type { Clock } from "../ports.ts";
import type { SyncState } from "../sync_client_api.ts";

/** Least time between two polite announcements. */
export const announceEveryMs = 10_000;

const alerting = /storage|lost/;
const trouble = /storage|lost|failed|conflict|auth|stale|retrying|offline/;

/** Feed it every shown state with its label. */
export interface Announcer {
  update(state: SyncState, label: string): void;
  stop(): void;
}

/** Calls `say` with the text for the `status` and for the `alert` region; "" empties it. */
export function createAnnouncer(clock: Clock, say: (polite: string, alert: string) => void): Announcer {
  let last: SyncState | undefined;
  let inTrouble = false;
  let nextAtMs = 0;
  let cancel = () => {};
  return {
    update(state, label) {
      if (state === last) return;
      last = state;
      cancel();
      const isAlert = alerting.test(state);
      const isTrouble = trouble.test(state);
      // Also takes away what was said before: it is no longer so.
      say("", isAlert ? label : "");
      if (isAlert) inTrouble = true;
      if (isAlert || !isTrouble && !(inTrouble && state === "synced")) return;
      const speak = () => {
        inTrouble = isTrouble;
        nextAtMs = clock.monotonicMs() + announceEveryMs;
        say(label, "");
      };
      const waitMs = nextAtMs - clock.monotonicMs();
      if (waitMs > 0) cancel = clock.setTimer(waitMs, speak);
      else speak();
    },
    stop: () => cancel(),
  };
}
