/** `/healthz`: the process answers. `/readyz`: the store answers too. Public, and they say nothing else. */
import type { AppHandler } from "../app_env.ts";
import type { Clock, Ledger } from "../ports.ts";
import { unavailable } from "../problem_error.ts";
import { jsonAnswer } from "./json_answer.ts";

const readyRetryMs = 5_000;
/** How long the store's answer counts. */
const answerAgeMsMax = 1_000;
/** How long a read is waited for by others than those who have asked already. */
const readMsMax = 5_000;

export const healthRoute: AppHandler = () => Promise.resolve(uncached({ status: "ok" }));

/** No token and no limit stands before it, so all who ask share one read. */
export function readyRoute(ledger: Pick<Ledger, "ready">, clock: Clock): AppHandler {
  let last: SharedRead | null = null;
  return async () => {
    const nowMs = clock.nowMs();
    if (last === null || !counts(last, nowMs)) last = startRead(ledger, nowMs);
    if (!await last.isReady) throw unavailable("busy", readyRetryMs, "The store does not answer.");
    return uncached({ status: "ready" });
  };
}

interface SharedRead {
  startedMs: number;
  isOver: boolean;
  isReady: Promise<boolean>;
}

function startRead(ledger: Pick<Ledger, "ready">, startedMs: number): SharedRead {
  const over = (isReady: boolean) => {
    read.isOver = true;
    return isReady;
  };
  const read: SharedRead = {
    startedMs,
    isOver: false,
    isReady: ledger.ready().then(() => over(true), () => over(false)),
  };
  return read;
}

function counts({ startedMs, isOver }: SharedRead, nowMs: number): boolean {
  return Math.abs(nowMs - startedMs) < (isOver ? answerAgeMsMax : readMsMax);
}

function uncached(value: unknown): Response {
  const answer = jsonAnswer(value);
  answer.headers.set("Cache-Control", "no-store");
  return answer;
}
