/**
 * Mutual exclusion between tabs by the Web Locks API. Where it is missing (older WebKit, pages without a
 * secure context) everybody goes at once, which costs requests and nothing else.
 */
import type { Clock, TabLock } from "../ports.ts";

/** A lock whose waits are timed by `clock`. */
export function webTabLock(clock: Clock): TabLock {
  return {
    run(name, waitMsMax, work) {
      const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
      return locks ? runLocked(locks, clock, name, waitMsMax, work) : work();
    },
  };
}

async function runLocked<T>(
  locks: LockManager,
  clock: Clock,
  name: string,
  waitMsMax: number,
  work: () => Promise<T>,
): Promise<T> {
  const patience = new AbortController();
  const cancelTimer = clock.setTimer(waitMsMax, () => patience.abort());
  let outcome: Promise<T> | undefined;
  const hold = () => {
    cancelTimer();
    return outcome = work();
  };
  try {
    return await locks.request(name, { signal: patience.signal }, hold);
  } catch (error) {
    // Taken from us by a tab that lost its patience: our work goes on, the lock was only a courtesy.
    if (outcome) return await outcome;
    if (!patience.signal.aborted) throw error;
    try {
      return await locks.request(name, { steal: true }, hold);
    } catch (stolen) {
      if (outcome) return await outcome;
      throw stolen;
    }
  } finally {
    cancelTimer();
  }
}
