/**
 * Retention: forgets log rows older than a point in time. Marks and entities stay for ever, so idempotency
 * and state are untouched; the audit trail ends at the floor, and a cursor below it is served compacted.
 */
import { backoffMs, budget } from "./budget.ts";
import { busy } from "./busy.ts";
import type { LedgerDeps } from "./deps.ts";
import type { LedgerFailure } from "../ports.ts";
import type { Head } from "./records.ts";

/** Most rows that one call deletes; call again while it says there are more. */
export const rowsPerTrimMax = 5000;

/** What one call did, or `busy`. */
export type TrimResult = { ok: true; trimmed: number; more: boolean } | LedgerFailure;

/**
 * Trims the rows of `user` that were created before `beforeMs` (ms since 1970). First the floor rises, in a
 * commit of its own, then rows go: a reader never finds a hole above the floor.
 */
export async function trimLog(deps: LedgerDeps, user: string, beforeMs: number): Promise<TrimResult> {
  const { store } = deps;
  for (let attempt = 1; attempt <= budget.attemptsMax; attempt++) {
    const { head, token } = await store.readHead(user);
    if (!head) return { ok: true, trimmed: 0, more: false };
    const { floor, goesOn } = await nextFloor(deps, user, head, beforeMs);
    const raised = floor === head.floor || (await store.replaceHead(user, token, { ...head, floor })).ok;
    if (raised) {
      // Also when the floor stays: an earlier call may have been interrupted here.
      const { deleted, more } = await store.trimRows(user, head.prefix, floor, rowsPerTrimMax);
      return { ok: true, trimmed: deleted, more: more || goesOn };
    }
    await deps.clock.sleep(backoffMs(attempt, deps.random.next()));
  }
  return busy;
}

/** How far the log is old; looks at one row first, since mostly nothing is. */
async function nextFloor(
  { store }: LedgerDeps,
  user: string,
  head: Head,
  beforeMs: number,
): Promise<{ floor: number; goesOn: boolean }> {
  for (const limit of [1, budget.rowsPerReadMax]) {
    const rows = await store.listRows(user, head.prefix, {
      after: head.floor,
      upTo: head.version,
      limit,
      bytesMax: budget.bytesPerReadMax,
    });
    // Up to the first row that is not old: clocks of servers may differ, versions decide.
    const young = rows.findIndex(({ createdAt }) => Date.parse(createdAt) >= beforeMs);
    const old = young === -1 ? rows : rows.slice(0, young);
    if (old.length === 0) break;
    if (limit > 1) return { floor: old.at(-1)!.version, goesOn: young === -1 && old.length > 0 };
  }
  return { floor: head.floor, goesOn: false };
}
