/** The machine's clock. */
import type { Clock } from "../ports.ts";

/** Wall time and real timers. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
};
