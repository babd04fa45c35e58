/** A clock that stands still until it is told to go on. */
import type { Clock } from "../../../client/ports.ts";

/** A {@linkcode Clock} with a hand to move it. */
export interface VirtualClock extends Clock {
  /** Moves on by `ms` and fires what falls due, in order. */
  advance(ms: number): void;
  /** Timers that have not fired. */
  readonly waiting: number;
}

export function createVirtualClock(startMs = Date.UTC(2026, 0, 15, 12)): VirtualClock {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; fire: () => void }>();
  return {
    wallMs: () => startMs + nowMs,
    monotonicMs: () => nowMs,
    setTimer(delayMs, fire) {
      const timer = { atMs: nowMs + delayMs, fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (!next) break;
        timers.delete(next);
        nowMs = next.atMs;
        next.fire();
      }
      nowMs = untilMs;
    },
    get waiting() {
      return timers.size;
    },
  };
}
