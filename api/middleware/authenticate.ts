/**
 * Nothing under `/api/` is looked at before the bearer token is: not the path, not the body. The only
 * credential is the `Authorization` header; there are no cookies.
 */
import type { AppHandler } from "../app_env.ts";
import type { Authenticator } from "../ports.ts";
import { ProblemError, unavailable } from "../problem_error.ts";

const challenge = { headers: { "WWW-Authenticate": "Bearer" } };
const keysRetryMs = 30_000;

/** Sets `identity`, or ends the request with 401 or 503. */
export function authenticate(authenticator: Authenticator): AppHandler {
  return async (c, next) => {
    const token = bearerToken(c.req.header("Authorization"));
    if (token === null) throw unauthenticated();
    const result = await authenticator.authenticate(token);
    if (!result.ok) {
      if (result.code === "unavailable") {
        throw unavailable("busy", keysRetryMs, "Tokens cannot be checked at the moment. Try again later.");
      }
      throw result.code === "token_expired"
        ? new ProblemError(
          "token_expired",
          "The token's time is over. Sign in again to get a new one.",
          challenge,
        )
        : unauthenticated();
    }
    c.set("identity", result.identity);
    await next();
  };
}

function unauthenticated(): ProblemError {
  return new ProblemError(
    "unauthenticated",
    "This needs a valid token in the header 'Authorization: Bearer …'. Sign in to get one.",
    challenge,
  );
}

/** The scheme is case-insensitive (RFC 9110); the token is one run of RFC 6750's characters. */
function bearerToken(header: string | undefined): string | null {
  return /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header ?? "")?.[1] ?? null;
}
