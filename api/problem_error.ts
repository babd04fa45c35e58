/** The one error that middleware and routes throw; `middleware/problem.ts` is the one place that answers it. */
import { problems } from "../shared/mod.ts";

/** The contract's errors, and those that only operators' tools and V1 clients meet: pages need not carry them. */
export const serverProblems = {
  ...problems,
  precondition_failed: { status: 412, title: "Changed by somebody else" },
  idempotency_key_reused: { status: 409, title: "The key belongs to another request" },
} as const;

/** A code of {@linkcode serverProblems}. */
export type ServerProblemCode = keyof typeof serverProblems;

/** An expected failure of a request. `detail` is for people and never repeats a value of the request. */
export class ProblemError extends Error {
  override name = "ProblemError";

  constructor(
    readonly code: ServerProblemCode,
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
