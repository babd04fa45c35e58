/** One answer for "come back later": a head that never stood still, a queue too long, a store that is locked. */
import type { LedgerFailure } from "../ports.ts";
import { StoreBusyError } from "../store_busy_error.ts";
import { budget } from "./budget.ts";

/** Nothing is lost; the same request may be sent again. */
export const busy: LedgerFailure = { ok: false, code: "busy", retryAfterMs: budget.busyRetryAfterMs };

/** Runs a call whose caller can be told to come back; null (a queue too long) counts as busy. */
export async function orBusy<T>(call: () => Promise<T | null>): Promise<T | LedgerFailure> {
  try {
    return await call() ?? busy;
  } catch (error) {
    if (error instanceof StoreBusyError) return busy;
    throw error;
  }
}
