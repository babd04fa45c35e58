/** Gives every request an id and every answer `X-Request-Id`. The id is ours: one from outside could be data. */
import type { AppHandler } from "../app_env.ts";
import type { Ids } from "../ports.ts";

/** The outermost middleware. */
export function requestId(ids: Ids): AppHandler {
  return async (c, next) => {
    const id = ids.uuid();
    c.set("requestId", id);
    c.set("route", "none");
    c.set("counts", {});
    await next();
    c.res.headers.set("X-Request-Id", id);
  };
}
