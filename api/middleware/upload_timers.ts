/** Hands the timers that bound the time of uploads and answers to whoever reads a body or waits for its reader. */
import type { AppHandler } from "../app_env.ts";
import type { Timers } from "../http_ports.ts";

/** Sets `timers` for the routes behind it. */
export function uploadTimers(timers: Timers): AppHandler {
  return async (c, next) => {
    c.set("timers", timers);
    await next();
  };
}
