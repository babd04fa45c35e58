/** `/healthz`: the process answers. `/readyz`: the store answers too. Public, and they say nothing else. */
import type { AppHandler } from "../app_env.ts";
import type { Ledger } from "../ports.ts";
import { unavailable } from "../problem_error.ts";
import { jsonAnswer } from "./json_answer.ts";

const readyRetryMs = 5_000;

export const healthRoute: AppHandler = () => Promise.resolve(uncached({ status: "ok" }));

export function readyRoute(ledger: Ledger): AppHandler {
  return async () => {
    try {
      await ledger.ready();
    } catch {
      throw unavailable("busy", readyRetryMs, "The store does not answer.");
    }
    return uncached({ status: "ready" });
  };
}

function uncached(value: unknown): Response {
  const answer = jsonAnswer(value);
  answer.headers.set("Cache-Control", "no-store");
  return answer;
}
