/** `GET /api/flags`: whether the user who asks is on v2, and why; nothing of anybody else. */
import type { AppHandler } from "../app_env.ts";
import type { Ledger } from "../ports.ts";
import type { FlagSettings } from "../rollout_flags.ts";
import { jsonAnswer } from "./json_answer.ts";

export function flagsRoute({ flags }: Ledger, settings: FlagSettings): AppHandler {
  return async (c) => jsonAnswer(await flags.decide(c.get("identity").user, settings));
}
