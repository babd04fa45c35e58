/** `GET /api/sync/v2/status`: where the user's log stands, and which devices have been seen. */
import type { AppHandler } from "../app_env.ts";
import type { Ledger } from "../ports.ts";
import { jsonAnswer } from "./json_answer.ts";

export function statusRoute(ledger: Ledger): AppHandler {
  return async (c) => jsonAnswer(await ledger.status(c.get("identity").user));
}
