/**
 * Mutual exclusion between tabs by the Web Locks API. Where it is missing (older WebKit, pages without a
 * secure context), or refused, everybody goes at once, which costs requests and nothing else.
 */
import type { Clock, TabLock } from "../ports.ts";

/** A lock whose waits are timed by `clock`. */
export function webTabLock(clock: Clock): TabLock {
  return {
    run(name, waitMsMax, work, givenUp) {
      const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
      return locks ? runLocked(locks, clock, name, waitMsMax, work, givenUp) : work();
    },
  };
}

async function runLocked<T>(
  locks: LockManager,
  clock: Clock,
  name: string,
  waitMsMax: number,
  work: () => Promise<T>,
  givenUp: AbortSignal | undefined,
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
  } catch {
    // A frozen tab must not stop this one; but nobody loses the lock to a wait that was given up.
    if (!outcome && patience.signal.aborted && !givenUp?.aborted) {
      try {
        return await locks.request(name, { steal: true }, hold);
      } catch { /* as below */ }
    }
    // Taken by a tab that lost its patience, or refused by the browser: the lock was only a courtesy.
    return await (outcome ?? hold());
  } finally {
    cancelTimer();
  }
}
