/**
 * Retention: forgets log rows older than a point in time. Marks and entities stay for ever, so idempotency
 * and state are untouched; the audit trail ends at the floor, and a cursor below it is served compacted.
 */
import { backoffMs, budget } from "./budget.ts";
import { busy } from "./busy.ts";
import type { LedgerDeps } from "./deps.ts";
import type { LedgerFailure } from "../ports.ts";

/** Most rows that one call deletes; call again while it says there are more. */
export const rowsPerTrimMax = 5000;

/**
 * Trims the rows of `user` that were created before `beforeMs` (ms since 1970). First the floor rises, in a
 * commit of its own, then rows go: a reader never finds a hole above the floor.
 */
export async function trimLog(
  deps: LedgerDeps,
  user: string,
  beforeMs: number,
): Promise<{ ok: true; more: boolean } | LedgerFailure> {
  const { store } = deps;
  for (let attempt = 1; attempt <= budget.attemptsMax; attempt++) {
    const { head, token } = await store.readHead(user);
    if (!head) return { ok: true, more: false };
    const rows = await store.listRows(user, head.prefix, {
      after: head.floor,
      upTo: head.version,
      limit: budget.rowsPerReadMax,
      bytesMax: budget.bytesPerReadMax,
    });
    const old = rows.filter(({ createdAt }) => Date.parse(createdAt) < beforeMs);
    const floor = old.at(-1)?.version ?? head.floor;
    const raised = floor === head.floor || (await store.replaceHead(user, token, { ...head, floor })).ok;
    if (raised) {
      const left = await store.trimRows(user, head.prefix, floor, rowsPerTrimMax);
      return { ok: true, more: left || (rows.length > 0 && old.length === rows.length) };
    }
    await deps.clock.sleep(backoffMs(attempt, deps.random.next()));
  }
  return busy;
}
