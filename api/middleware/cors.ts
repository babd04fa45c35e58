/**
 * CORS for the API: an exact allow-list and no credentials, because the only credential is a bearer token that
 * the page adds itself. An origin that is not on the list, `null` included, gets no CORS header, so its browser
 * keeps the answer from the page; `Vary: Origin` is always there, so that no cache mixes the two.
 */
import type { AppContext, AppHandler } from "../app_env.ts";
import { ProblemError } from "../problem_error.ts";

const requestHeaders = "Authorization, Content-Type, Content-Encoding, X-Device-ID, X-Idempotency-Key";
const exposedHeaders = "X-Request-Id, Retry-After, RateLimit, X-Idempotent-Replay";
const methods = "GET, HEAD, POST, PUT, DELETE";
/** The longest time that Chromium honours. */
const preflightMaxAgeSeconds = 7200;

/** Adds the headers to every API answer, errors of inner middleware included. */
export function corsHeaders(allowedOrigins: ReadonlySet<string>): AppHandler {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    headers.append("Vary", "Origin");
    const origin = allowedOrigin(c, allowedOrigins);
    if (origin === null) return;
    headers.set("Access-Control-Allow-Origin", origin);
    headers.set("Access-Control-Expose-Headers", exposedHeaders);
  };
}

/** Answers preflights; they carry no token, so this stands before authentication. */
export function corsPreflight(allowedOrigins: ReadonlySet<string>): AppHandler {
  return async (c, next) => {
    const isPreflight = c.req.method === "OPTIONS" && c.req.header("Origin") !== undefined &&
      c.req.header("Access-Control-Request-Method") !== undefined;
    if (!isPreflight) return await next();
    c.set("route", "preflight");
    if (allowedOrigin(c, allowedOrigins) === null) {
      throw new ProblemError(
        "forbidden",
        "The page's origin may not use this server. Whoever runs it can add the origin, exactly as the browser " +
          "sends it (scheme, host and port, no slash at the end), to ALLOWED_ORIGINS.",
      );
    }
    return new Response(null, {
      status: 204,
      headers: {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": requestHeaders,
        "Access-Control-Max-Age": String(preflightMaxAgeSeconds),
        "Vary": "Access-Control-Request-Method, Access-Control-Request-Headers",
      },
    });
  };
}

function allowedOrigin(c: AppContext, allowed: ReadonlySet<string>): string | null {
  const origin = c.req.header("Origin");
  return origin !== undefined && origin !== "null" && allowed.has(origin) ? origin : null;
}
