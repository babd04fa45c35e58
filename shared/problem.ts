/**
 * Errors as `application/problem+json` (RFC 9457). `code` is for programs, `detail` for people: what
 * happened, what was required, what to do. No error repeats the body that caused it.
 */
import { isJsonObject } from "./json.ts";

/** Media type of every error. */
export const problemMediaType = "application/problem+json";

/** Every error code of the contract with its HTTP status and its title. */
export const problems = {
  malformed_json: { status: 400, title: "The body is not JSON" },
  invalid_utf8: { status: 400, title: "The body is not UTF-8" },
  invalid_request: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "Sign-in required" },
  token_expired: { status: 401, title: "The token has expired" },
  forbidden: { status: 403, title: "Not allowed" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  request_too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong on the server" },
  busy: { status: 503, title: "The server is busy" },
  paused: { status: 503, title: "Sync is paused" },
} as const;

/** A code of {@linkcode problems}. */
export type ProblemCode = keyof typeof problems;

/** The body of an error. */
export interface Problem {
  /** A URI reference that names the kind of error: `about:blank#<code>`. */
  type: string;
  title: string;
  /** The HTTP status. */
  status: number;
  detail: string;
  code: ProblemCode;
  requestId: string;
  /** `request_too_large` only: the bound in bytes. */
  maxBytes?: number;
  /** `request_too_large` only: the bound in changes. */
  maxChanges?: number;
}

/** Reads an error body; null when it is not one of ours (a proxy's page, a captive portal). */
export function readProblem(value: unknown): Problem | null {
  if (!isJsonObject(value) || typeof value.code !== "string" || !Object.hasOwn(problems, value.code)) {
    return null;
  }
  return value as unknown as Problem;
}
