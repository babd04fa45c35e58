/** `POST /api/sync/pull`: the full state for V1 clients. The body is not looked at. */
import type { AppHandler } from "../app_env.ts";
import type { Clock, ExchangeRules, Ledger } from "../ports.ts";
import { ProblemError } from "../problem_error.ts";
import { jsonPieces } from "./json_pieces.ts";
import { failureProblem } from "./sync.ts";
import { readV1Device } from "./v1_request.ts";

export function v1PullRoute(ledger: Ledger, clock: Clock, rules: ExchangeRules): AppHandler {
  return async (c) => {
    const result = await ledger.v1.pull(c.get("identity").user, readV1Device(c), rules);
    if (!result.ok) {
      if (result.code !== "too_large") throw failureProblem(result.code, result.retryAfterMs);
      throw new ProblemError(
        "request_too_large",
        `The full state weighs more than ${result.bytesMax} bytes, which this protocol does not deliver. ` +
          "Nothing is lost; a client of the current protocol (POST /api/sync/v2) gets it page by page.",
      );
    }
    const { records, token } = result;
    const { logbook_entry: entries, goal: goals } = records;
    c.set("counts", { entries: entries.length, goals: goals.length });
    return jsonPieces(piecesOf(entries, goals, token, new Date(clock.nowMs()).toISOString()));
  };
}

function* piecesOf(
  entries: readonly string[],
  goals: readonly string[],
  syncToken: string,
  timestamp: string,
): Generator<string> {
  yield '{"entries":[';
  yield* commaBetween(entries);
  yield '],"goals":[';
  yield* commaBetween(goals);
  yield `],"syncToken":${JSON.stringify(syncToken)},"timestamp":${JSON.stringify(timestamp)}}`;
}

function* commaBetween(texts: readonly string[]): Generator<string> {
  for (const [i, text] of texts.entries()) {
    if (i > 0) yield ",";
    yield text;
  }
}
