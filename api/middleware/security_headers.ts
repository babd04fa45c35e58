/** Headers that every answer carries, whatever made it. */
import type { AppContext, AppHandler } from "../app_env.ts";

const hstsSeconds = 2 * 365 * 24 * 60 * 60;

/**
 * `nosniff` everywhere, `no-store` under `/api/`, HSTS on https. `trustProxy`: a proxy in front ends TLS and says
 * so in `X-Forwarded-Proto`.
 */
export function securityHeaders(trustProxy: boolean): AppHandler {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    if (isApiPath(c.req.path)) headers.set("Cache-Control", "no-store");
    if (isHttps(c, trustProxy)) headers.set("Strict-Transport-Security", `max-age=${hstsSeconds}`);
  };
}

/** Whether a decoded path is the API's, which needs a token. */
export function isApiPath(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}

function isHttps(c: AppContext, trustProxy: boolean): boolean {
  if (c.req.url.startsWith("https:")) return true;
  if (!trustProxy) return false;
  return c.req.header("X-Forwarded-Proto")?.split(",").at(-1)?.trim().toLowerCase() === "https";
}
