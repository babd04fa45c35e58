/**
 * Lets through only tokens whose `scope` has one value. Stands before the routes behind it are looked for, so
 * that who may not use them is not told which there are.
 */
import type { AppHandler } from "../app_env.ts";
import { ProblemError } from "../problem_error.ts";

/** 403 without `scope`; needs authentication before it. */
export function requireScope(scope: string): AppHandler {
  return async (c, next) => {
    if (!c.get("identity").scopes.has(scope)) {
      throw new ProblemError(
        "forbidden",
        `This is for operators: the token's 'scope' must have ${scope}. Ask whoever issues your tokens for one.`,
        { headers: { "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${scope}"` } },
      );
    }
    await next();
  };
}
