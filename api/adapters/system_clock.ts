/** The machine's clock. */
import type { Clock } from "../ports.ts";

/** Wall time and real timers. */
export function systemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
  };
}
