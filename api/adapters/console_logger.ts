/** Log lines as JSON on the standard output, where every host collects them. */
import type { Logger } from "../http_ports.ts";
import type { Clock } from "../ports.ts";

export function consoleLogger(clock: Clock): Logger {
  return {
    log(line) {
      console.log(JSON.stringify({ time: new Date(clock.nowMs()).toISOString(), ...line }));
    },
  };
}
