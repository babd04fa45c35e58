/**
 * V1's errors: `{ "success": false, "error": text, "code": httpStatus }`, whatever made them; headers are those
 * that every other route answers with.
 */
import { type ProblemError, serverProblems } from "../problem_error.ts";
import { jsonAnswer } from "./json_answer.ts";

/** Paths whose errors have V1's form. */
export const v1Paths = {
  pull: "/api/sync/pull",
  push: "/api/sync/push",
  batch: "/api/sync/batch",
  status: "/api/sync/status",
} as const;

const paths: ReadonlySet<string> = new Set(Object.values(v1Paths));

/** Whether `path` is one of V1's. */
export function isV1Path(path: string): boolean {
  return paths.has(path);
}

/** A problem in V1's form. */
export function v1ErrorAnswer({ code, detail, more }: ProblemError): Response {
  const { status } = serverProblems[code];
  const answer = jsonAnswer({ success: false, error: detail, code: status }, status);
  for (const [name, value] of Object.entries(more.headers ?? {})) answer.headers.set(name, value);
  return answer;
}
