/**
 * Several processes on one database file meet as "database is locked". Nothing was done then, so whatever may
 * be done twice is simply done again, with full jitter, for a bounded time.
 */
import { StoreBusyError } from "../store_busy_error.ts";

/** Attempts before the store counts as busy; together about two seconds. */
const attemptsMax = 16;
const backoffCapMs = 250;

/** Whether an error is the database's "locked". */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && error.message.includes("database is locked");
}

/** Runs a call that may be repeated until the lock is gone; a StoreBusyError when it stays. */
export async function whileLocked<T>(call: () => Promise<T>, sleep = realSleep): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (attempt === attemptsMax) throw new StoreBusyError();
      const delayMs = Math.random() * Math.min(backoffCapMs, 4 * 2 ** attempt);
      await sleep(delayMs);
    }
  }
}

function realSleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
