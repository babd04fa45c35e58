/** Timers that tick when a test says so. */
import type { Timers } from "../../../api/http_ports.ts";

export interface ManualTimers extends Timers {
  /** Lets the time of one interval pass for everybody who is being timed. */
  tick(): void;
  /** How many are being timed. */
  running(): number;
}

export function manualTimers(): ManualTimers {
  const ticks = new Set<() => void>();
  return {
    every(_intervalMs, tick) {
      const one = () => tick();
      ticks.add(one);
      return () => void ticks.delete(one);
    },
    tick: () => [...ticks].forEach((tick) => tick()),
    running: () => ticks.size,
  };
}
