/**
 * Turns imported rows into changes at once, instead of at each user's first request. The same migration, by the
 * same calls: it may be interrupted, and race the users' own requests.
 */
import type { LegacySkip } from "../../api/ledger/legacy_store.ts";
import type { Clock, Ledger } from "../../api/ports.ts";

/** What became of the rows. */
export interface MigratedUsers {
  users: number;
  entries: number;
  goals: number;
  /** Rows that were left out. */
  skipped: number;
  /** Users who could not be migrated now: the store was busy for too long, or v2 is paused. */
  unfinished: string[];
}

/** Calls for one user: more rows than any user has. */
const callsMax = 10_000;
/** Waits for one user whose store is busy. */
const waitsMax = 30;

/** Migrates each of `users`, one after the other. */
export async function migrateUsers(
  { ledger, clock, users, skipped, progress }: {
    ledger: Pick<Ledger, "migrate">;
    clock: Pick<Clock, "sleep">;
    users: readonly string[];
    skipped?: (user: string, skip: LegacySkip) => void;
    progress?: (done: Readonly<MigratedUsers>) => void;
  },
): Promise<MigratedUsers> {
  const done: MigratedUsers = { users: 0, entries: 0, goals: 0, skipped: 0, unfinished: [] };
  for (const user of users) {
    if (!await migrateUser(user)) done.unfinished.push(user);
    done.users++;
    progress?.(done);
  }
  return done;

  async function migrateUser(user: string): Promise<boolean> {
    let waits = 0;
    for (let call = 0; call < callsMax; call++) {
      const result = await ledger.migrate(user);
      if (!result.ok) {
        if (result.code === "paused" || ++waits > waitsMax) return false;
        await clock.sleep(result.retryAfterMs);
        continue;
      }
      const { migrated, entriesConverted, goalsConverted, remaining, skipped: left } = result.report;
      if (migrated) {
        done.entries += entriesConverted;
        done.goals += goalsConverted;
        done.skipped += left.length;
        for (const skip of left) skipped?.(user, skip);
      }
      if (remaining === 0) return true;
    }
    return false;
  }
}
