/** `POST /api/sync/v2`: push and pull in one exchange. Only the envelope is judged here; changes are the ledger's. */
import { limits } from "../../shared/mod.ts";
import { syncRequest } from "../../shared/schema.ts";
import type { AppHandler } from "../app_env.ts";
import { readJsonBody, requestTooLarge } from "../middleware/json_body.ts";
import type { ExchangeRequest, ExchangeRules, Ledger } from "../ports.ts";
import { ProblemError, unavailable } from "../problem_error.ts";
import { jsonAnswer } from "./json_answer.ts";

const pausedRetryMs = 60_000;

/** `rules` are the site's own. `paused` is the configured switch; the ledger knows the one that is set while it runs. */
export function syncRoute(
  { ledger, rules = {}, paused }: { ledger: Ledger; rules?: ExchangeRules; paused: boolean },
): AppHandler {
  return async (c) => {
    if (paused) throw pausedProblem(pausedRetryMs);
    const request = readEnvelope(await readJsonBody(c.req.raw, c.get("timers")));
    const result = await ledger.exchange(c.get("identity").user, request, rules);
    if (!result.ok) throw failureProblem(result.code, result.retryAfterMs);
    const { response } = result;
    const counts: Record<string, number> = {
      changes: request.changes.length,
      newChanges: response.newChanges.length,
    };
    for (const { status } of response.results) counts[status] = (counts[status] ?? 0) + 1;
    c.set("counts", counts);
    return jsonAnswer(response);
  };
}

/** A ledger's expected failure as the contract's 503. */
export function failureProblem(code: "busy" | "paused", retryAfterMs: number): ProblemError {
  return code === "paused" ? pausedProblem(retryAfterMs) : unavailable(
    "busy",
    retryAfterMs,
    "Too many writes of this user came at once, or records of the older system are still being taken over. " +
      "Send the same request again later; what was saved of it already is not saved twice.",
  );
}

function pausedProblem(retryAfterMs: number): ProblemError {
  return unavailable(
    "paused",
    retryAfterMs,
    "The service has paused sync. Keep the changes and send them later; reading stays possible.",
  );
}

function readEnvelope(body: unknown): ExchangeRequest {
  const parsed = syncRequest.safeParse(body);
  if (!parsed.success) {
    throw new ProblemError("invalid_request", envelopeDetail(parsed.error.issues[0]?.path[0]));
  }
  if (parsed.data.changes.length > limits.changesPerRequestMax) throw requestTooLarge();
  const { deviceId, epoch, snapshot, limit, ...rest } = parsed.data;
  return {
    ...rest,
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(limit === undefined ? {} : { limit }),
  };
}

const requirements = {
  lastKnownServerVersion: "an integer of at least 0 (0 on a new device)",
  changes: `an array of 0 to ${limits.changesPerRequestMax} changes`,
  deviceId: "a UUID, or left out",
  epoch: "the epoch of the last answer as it was sent, or left out",
  snapshot: "true, or left out",
  limit: `an integer from 1 to ${limits.pageChangesMax}, or left out`,
};

function envelopeDetail(field: PropertyKey | undefined): string {
  if (typeof field === "string" && Object.hasOwn(requirements, field)) {
    return `'${field}' must be ${requirements[field as keyof typeof requirements]}.`;
  }
  return "The body must be a JSON object with 'lastKnownServerVersion' and 'changes'.";
}
