/** Every mutant, by what it breaks. */
import { accountAndTabMutants } from "./accounts_and_tabs.ts";
import { atomicityMutants } from "./atomicity.ts";
import { cursorAndPageMutants } from "./cursor_and_pages.ts";
import { deletionAndRestartMutants } from "./deletion_and_restart.ts";
import { idempotencyMutants } from "./idempotency.ts";
import type { Mutant } from "./mutant.ts";
import { orderAndConflictMutants } from "./order_and_conflicts.ts";
import { queueAndQuarantineMutants } from "./queue_and_quarantine.ts";
import { scheduleAndStatusMutants } from "./schedule_and_status.ts";

export const allMutants: readonly Mutant[] = [
  ...idempotencyMutants,
  ...atomicityMutants,
  ...cursorAndPageMutants,
  ...orderAndConflictMutants,
  ...deletionAndRestartMutants,
  ...queueAndQuarantineMutants,
  ...accountAndTabMutants,
  ...scheduleAndStatusMutants,
];
