/**
 * The end of a user's data: one commit that moves the head to a new key space and a new epoch. Old keys are
 * unreachable from then on and are swept afterwards; an interrupted sweep goes on from its note in the store.
 */
import type { LedgerFailure } from "../ports.ts";
import { StoreBusyError } from "../store_busy_error.ts";
import { backoffMs, budget } from "./budget.ts";
import { busy } from "./busy.ts";
import type { LedgerDeps } from "./deps.ts";
import { readGeneration } from "./generation.ts";
import { emptyHead, type Head } from "./records.ts";

/** Erases everything of `user`; what is not swept at once is left to the store's `sweepErased`. */
export async function eraseUser(deps: LedgerDeps, user: string): Promise<{ ok: true } | LedgerFailure> {
  const { store } = deps;
  for (let attempt = 1; attempt <= budget.attemptsMax; attempt++) {
    const read = await store.readHead(user);
    const old = read.head ?? emptyHead;
    const generation = await readGeneration(deps, read);
    const head: Head = {
      ...emptyHead,
      epochNumber: old.epochNumber + 1,
      lastErasedEpoch: { generation, number: old.epochNumber },
      prefix: old.prefix + 1,
    };
    const result = await store.replaceHead(user, read.token, head, old.prefix);
    if (result.ok) {
      await sweepNow(deps);
      return { ok: true };
    }
    await deps.clock.sleep(backoffMs(attempt, deps.random.next()));
  }
  return busy;
}

/** The data is gone already; a store that is busy only leaves the sweep to whoever sweeps next. */
async function sweepNow({ store }: LedgerDeps): Promise<void> {
  try {
    await store.sweepErased(budget.sweptByEraseMax);
  } catch (error) {
    if (!(error instanceof StoreBusyError)) throw error;
  }
}
