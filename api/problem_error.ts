/** The one error that middleware and routes throw; `middleware/problem.ts` is the one place that answers it. */
import type { ProblemCode } from "../shared/mod.ts";

/** An expected failure of a request. `detail` is for people and never repeats a value of the request. */
export class ProblemError extends Error {
  override name = "ProblemError";

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly more: { headers?: Record<string, string>; members?: { maxBytes: number; maxChanges: number } } =
      {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** 503 with `Retry-After` in whole seconds, at least 1. */
export function unavailable(code: "busy" | "paused", retryAfterMs: number, detail: string): ProblemError {
  return new ProblemError(code, detail, {
    headers: { "Retry-After": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) },
  });
}
