/** The machine's timers. */
import type { Timers } from "../http_ports.ts";

/** Real time. */
export function systemTimers(): Timers {
  return {
    every(intervalMs, tick) {
      const timer = setInterval(tick, intervalMs);
      return () => clearInterval(timer);
    },
  };
}
