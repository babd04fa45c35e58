/** Registers a path with its methods; any other method there is 405 with `Allow`. */
import type { Hono } from "@hono/hono";
import type { AppEnv, AppHandler } from "../app_env.ts";
import { ProblemError } from "../problem_error.ts";

/** Handlers by method; HEAD is served where GET is. */
export type RouteHandlers = Partial<Record<"GET" | "POST" | "PUT" | "DELETE", AppHandler>>;

/** `path` is a Hono pattern; it is also the name of the route in the log. */
export function route(app: Hono<AppEnv>, path: string, handlers: RouteHandlers): void {
  const allow = Object.keys(handlers).flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]).join(
    ", ",
  );
  app.use(path, async (c, next) => {
    c.set("route", path);
    await next();
  });
  for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler);
  app.all(path, () => {
    throw new ProblemError("method_not_allowed", `This path takes ${allow}.`, { headers: { Allow: allow } });
  });
}
