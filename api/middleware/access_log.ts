/**
 * One line a request: id, hashed user, route pattern, status, counts, time. Nothing that a client wrote goes
 * into it: no path, no header, no body, no id of a user, device or entity.
 */
import type { AppHandler } from "../app_env.ts";
import type { Logger } from "../http_ports.ts";
import type { Clock } from "../ports.ts";
import { sha256Hex } from "../../shared/universal.ts";

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]);
const userHashDigits = 12;

/** `salt` makes the user's hash useless outside this server's logs. */
export function accessLog(
  { logger, clock, salt }: { logger: Logger; clock: Clock; salt: string },
): AppHandler {
  return async (c, next) => {
    const startedMs = clock.nowMs();
    await next();
    const user = (c.get("identity") as { user: string } | undefined)?.user;
    logger.log({
      level: c.res.status >= 500 ? "error" : "info",
      event: "request",
      requestId: c.get("requestId"),
      ...(user === undefined
        ? {}
        : { user: (await sha256Hex(`${salt}\u0000${user}`)).slice(0, userHashDigits) }),
      method: methods.has(c.req.method) ? c.req.method : "other",
      route: c.get("route"),
      status: c.res.status,
      ms: Math.max(0, clock.nowMs() - startedMs),
      ...c.get("counts"),
    });
  };
}
