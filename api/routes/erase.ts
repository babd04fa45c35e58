/** `DELETE /api/sync/v2/data`: everything of the user is gone when the answer is there. */
import type { AppHandler } from "../app_env.ts";
import type { Ledger } from "../ports.ts";
import { failureProblem } from "./sync.ts";

export function eraseRoute(ledger: Ledger): AppHandler {
  return async (c) => {
    const result = await ledger.erase(c.get("identity").user);
    if (!result.ok) throw failureProblem(result.code, result.retryAfterMs);
    return new Response(null, { status: 204 });
  };
}
