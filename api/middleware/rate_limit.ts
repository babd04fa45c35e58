/** Refuses with 429 what comes faster than its bucket fills, and tells everybody how much is left. */
import type { AppContext, AppHandler } from "../app_env.ts";
import { ProblemError } from "../problem_error.ts";
import type { BucketState, TokenBuckets } from "./token_buckets.ts";

/** Options of {@linkcode rateLimit}. */
export interface RateLimitOptions {
  /** Name of the policy in the headers. */
  name: "address" | "user";
  buckets: TokenBuckets;
  keyOf(c: AppContext): string;
  /** Whether answers within the limit carry the headers too. */
  announce: boolean;
}

/** One take a request. */
export function rateLimit({ name, buckets, keyOf, announce }: RateLimitOptions): AppHandler {
  const policy = `"${name}";q=${buckets.perMinute};w=60`;
  const headersOf = (state: BucketState) => ({
    "RateLimit": `"${name}";r=${state.remaining};t=${state.fullAfterSeconds}`,
    "RateLimit-Policy": policy,
  });

  return async (c, next) => {
    const state = buckets.take(keyOf(c));
    if (!state.allowed) {
      throw new ProblemError(
        "rate_limited",
        `At most ${buckets.perMinute} requests a minute are allowed for one ${name}. ` +
          `Wait ${state.retryAfterSeconds} s, then go on; nothing of this request was looked at.`,
        { headers: { ...headersOf(state), "Retry-After": String(state.retryAfterSeconds) } },
      );
    }
    await next();
    if (!announce) return;
    for (const [header, value] of Object.entries(headersOf(state))) c.res.headers.set(header, value);
  };
}
