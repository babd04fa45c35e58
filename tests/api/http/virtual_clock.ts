/** A clock that stands still until a test moves it. */
import type { Clock } from "../../../api/ports.ts";

export interface VirtualClock extends Clock {
  /** Moves time forward, or back for a negative number. */
  advance(byMs: number): void;
}

export function virtualClock(startMs = Date.UTC(2026, 10, 22, 12)): VirtualClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    sleep(delayMs) {
      nowMs += delayMs;
      return Promise.resolve();
    },
    advance: (byMs) => void (nowMs += byMs),
  };
}
