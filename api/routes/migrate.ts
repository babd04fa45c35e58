/**
 * `POST /api/sync/v2/migrate`, and what every other route of a user does first: rows of the older system become
 * changes before anything is read or written, so that nobody meets half of what they had.
 */
import type { AppHandler } from "../app_env.ts";
import type { ExchangeRules, Ledger } from "../ports.ts";
import { jsonAnswer } from "./json_answer.ts";
import { failureProblem } from "./sync.ts";

const pausedRetryMs = 60_000;

/** One bounded call; `remaining` above 0 asks for another. A body is not needed and not read. */
export function migrateRoute(
  { ledger, rules = {}, paused }: { ledger: Ledger; rules?: ExchangeRules; paused: boolean },
): AppHandler {
  return async (c) => {
    if (paused) throw failureProblem("paused", pausedRetryMs);
    const result = await ledger.migrate(c.get("identity").user, rules);
    if (!result.ok) throw failureProblem(result.code, result.retryAfterMs);
    const { remaining, skipped } = result.report;
    c.set("counts", { remaining, skipped: skipped.length });
    return jsonAnswer(result.report);
  };
}

/** Makes a route of it that answers 503 `busy` until the user's rows are migrated. */
export function afterMigration(ledger: Ledger, rules: ExchangeRules = {}): (route: AppHandler) => AppHandler {
  return (route) => async (c, next) => {
    const result = await ledger.ensureMigrated(c.get("identity").user, rules);
    if (!result.ok) throw failureProblem(result.code, result.retryAfterMs);
    return await route(c, next);
  };
}
