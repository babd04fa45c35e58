/** A whole number of the query, within bounds. */
import type { AppContext } from "../app_env.ts";
import { ProblemError } from "../problem_error.ts";

/** Undefined when left out. Throws `invalid_request`, which names the parameter and repeats no value. */
export function queryInteger(c: AppContext, name: string, min: number, max: number): number | undefined {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new ProblemError(
    "invalid_request",
    `'${name}' must be an integer from ${min} to ${max}, or left out.`,
  );
}
