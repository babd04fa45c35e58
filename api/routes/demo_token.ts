/** `POST /demo/token`, demo mode only: signs anybody in under a name of their choice. */
import type { AppHandler } from "../app_env.ts";
import type { DemoTokens } from "../http_ports.ts";
import { readJsonBody } from "../middleware/json_body.ts";
import { ProblemError } from "../problem_error.ts";
import { isJsonObject } from "../../shared/mod.ts";
import { jsonAnswer } from "./json_answer.ts";

/** A name is refused, never mended: two names must not become one user. */
const demoName = /^[a-z0-9][a-z0-9_-]{0,31}$/;

export function demoTokenRoute(tokens: DemoTokens): AppHandler {
  return async (c) => {
    const body = await readJsonBody(c.req.raw, c.get("timers"));
    const user = isJsonObject(body) ? body.user : undefined;
    if (typeof user !== "string" || !demoName.test(user)) {
      throw new ProblemError(
        "invalid_request",
        "'user' must be a demo name: 1 to 32 of a-z, 0-9, _ and -, beginning with a letter or a digit.",
      );
    }
    const answer = jsonAnswer(await tokens.issue(user));
    answer.headers.set("Cache-Control", "no-store");
    return answer;
  };
}
