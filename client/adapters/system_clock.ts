/** The host's clock and timers. */
import type { Clock } from "../ports.ts";

/** Longest delay that `setTimeout` takes without wrapping round. */
const timeoutMaxMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, fire) {
    const id = setTimeout(fire, Math.min(delayMs, timeoutMaxMs));
    return () => clearTimeout(id);
  },
};
