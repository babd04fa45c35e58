/**
 * One line a request: id, hashed user, route pattern, status, counts, time. Nothing that a client wrote goes
 * into it: no path, no header, no body, no id of a user, device or entity.
 */
import type { AppHandler } from "../app_env.ts";
import type { Logger, LogLine } from "../http_ports.ts";
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
      level: levelOf(c.res.status),
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

/** 503 is a server that asks to wait, which it may do on a bad network too; other 5xx are bugs. */
function levelOf(status: number): LogLine["level"] {
  if (status < 500) return "info";
  return status === 503 ? "warn" : "error";
}
