/** The kill switch of v2: configured, or set while the server runs. Whoever writes for a v2 client asks it. */
import type { LedgerFailure } from "../ports.ts";
import { budget } from "./budget.ts";
import type { LedgerDeps } from "./deps.ts";
import type { HeadRead } from "./ledger_store.ts";

/** The answer while it is on; clients keep what they have queued. */
export const paused: LedgerFailure = {
  ok: false,
  code: "paused",
  retryAfterMs: budget.pausedRetryAfterMs,
};

/** Whether it is on, as of the head that was read. */
export function isPaused(deps: LedgerDeps, read: HeadRead): boolean {
  return deps.config?.paused === true || read.flags.paused === true;
}
