/**
 * The body of `PUT /api/admin/flags`. Stricter than other envelopes: a member that is nothing is refused, because
 * a kill switch with a spelling mistake must not look as if it were thrown.
 */
import { isId, isJsonObject, limits } from "../../shared/mod.ts";
import { ProblemError } from "../problem_error.ts";
import type { FlagsChange } from "../rollout_flags.ts";

const settable = ["percent", "paused", "overrides"];
/** What `GET` tells besides; may be sent back, and says nothing. */
const told = ["percentFrom", "settings", "revision"];

/** The change that a parsed body asks for. Throws `invalid_request`; its detail repeats no value. */
export function readFlagsBody(body: unknown): FlagsChange {
  if (!isJsonObject(body)) throw invalid("The body must be a JSON object");
  const { percent, paused, overrides } = body;
  const names = Object.keys(body);
  if (names.some((name) => !settable.includes(name) && !told.includes(name))) {
    throw invalid("The body has a member that is none of 'percent', 'paused' and 'overrides'");
  }
  if (!names.some((name) => settable.includes(name))) {
    throw invalid("The body must have at least one of 'percent', 'paused' and 'overrides'; the others stay");
  }
  if (percent !== undefined && percent !== null && !isPercent(percent)) {
    throw invalid("'percent' must be a number from 0 to 100 with at most two decimals, or null to unset it");
  }
  if (paused !== undefined && typeof paused !== "boolean") throw invalid("'paused' must be true or false");
  return {
    ...(percent === undefined ? {} : { percent }),
    ...(paused === undefined ? {} : { paused }),
    ...(overrides === undefined ? {} : { overrides: readOverrides(overrides) }),
  };
}

/** 0 to 100 with at most two decimals: a hundredth of a percent is one bucket. */
export function isPercent(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 100 && Number(value.toFixed(2)) === value;
}

function readOverrides(value: unknown): Map<string, boolean> {
  if (!isJsonObject(value)) {
    throw invalid("'overrides' must be an object of all overrides there shall be, true or false by user");
  }
  const entries = Object.entries(value);
  if (entries.some(([user]) => !isId(user))) {
    throw invalid(
      `Each name in 'overrides' must be a user: 1 to ${limits.idUnitsMax} characters without control characters`,
    );
  }
  if (!entries.every((entry): entry is [string, boolean] => typeof entry[1] === "boolean")) {
    throw invalid("Each value in 'overrides' must be true or false; leave a user out to remove an override");
  }
  return new Map(entries);
}

function invalid(requirement: string): ProblemError {
  return new ProblemError("invalid_request", `${requirement}.`);
}
