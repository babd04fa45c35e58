/** `/api/admin/flags`: what is set, how it is changed, and who changed it. Operators only. */
import { limits } from "../../shared/mod.ts";
import type { AppHandler } from "../app_env.ts";
import { readJsonBody } from "../middleware/json_body.ts";
import type { Ledger } from "../ports.ts";
import { ProblemError } from "../problem_error.ts";
import type { FlagSettings, FlagsState } from "../rollout_flags.ts";
import { readFlagsBody } from "./flags_body.ts";
import { jsonAnswer } from "./json_answer.ts";
import { queryInteger } from "./query_integer.ts";
import { failureProblem } from "./sync.ts";

const auditLimitDefault = 100;

/** All that is set, under an `ETag` that a `PUT` can name. */
export function readFlagsRoute({ flags }: Ledger, settings: FlagSettings): AppHandler {
  return async () => flagsAnswer(await flags.read(), settings);
}

/** Sets what the body has, with `If-Match` only if nobody changed the flags meanwhile. */
export function writeFlagsRoute({ flags }: Ledger, settings: FlagSettings): AppHandler {
  return async (c) => {
    const token = matchedToken(c.req.header("If-Match"));
    const change = readFlagsBody(await readJsonBody(c.req.raw, c.get("timers")));
    const result = await flags.change(change, { by: c.get("identity").user, via: "api" }, token);
    if (!result.ok) {
      if (result.code === "too_many_overrides") throw new ProblemError("invalid_request", result.reason);
      if (result.code === "changed_meanwhile") throw changedMeanwhile();
      throw failureProblem(result.code, result.retryAfterMs);
    }
    const { state, row } = result;
    c.set("counts", { revision: state.revision, overrides: row === "unchanged" ? 0 : row.overrides.length });
    return flagsAnswer(state, settings);
  };
}

/** The audit trail, newest first, page by page. */
export function flagsAuditRoute({ flags }: Ledger): AppHandler {
  return async (c) => {
    const before = queryInteger(c, "before", 1, Number.MAX_SAFE_INTEGER);
    const limit = queryInteger(c, "limit", 1, limits.pageChangesMax) ?? auditLimitDefault;
    const { rows, nextBefore } = await flags.audit(before === undefined ? { limit } : { limit, before });
    c.set("counts", { rows: rows.length });
    return jsonAnswer({ changes: rows, nextBefore });
  };
}

function flagsAnswer({ percent, paused, overrides, revision, token }: FlagsState, settings: FlagSettings) {
  const answer = jsonAnswer({
    percent: percent ?? settings.rolloutPercent,
    percentFrom: percent === null ? "setting" : "switch",
    paused,
    overrides: Object.fromEntries(overrides),
    settings: { percent: settings.rolloutPercent, paused: settings.paused },
    revision,
  });
  answer.headers.set("ETag", `"${token}"`);
  return answer;
}

/**
 * The token in an `If-Match` of one tag; undefined where anything matches. A weak tag counts as well, other than
 * RFC 9110 has it: whoever compresses an answer weakens its tag, and ours names what is set, not the bytes.
 */
function matchedToken(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === "*") return undefined;
  const token = /^(?:W\/)?"([^"]*)"$/.exec(header.trim())?.[1];
  // A list names no one state.
  if (token === undefined) throw changedMeanwhile();
  return token;
}

function changedMeanwhile(): ProblemError {
  return new ProblemError(
    "precondition_failed",
    "The flags are not those that 'If-Match' names: somebody changed them. Nothing was changed by this request. " +
      "Read them again, look at what is new, and send the change with the new ETag.",
  );
}
