/**
 * Which queued changes must wait, and how many changes count as failed: what the status needs to know about
 * failures at any time. What a person can do about them is in `network/failed_changes.ts`.
 */
import type { DeviceRows } from "./device_rows.ts";
import { entityKey, type QuarantineRow, type QueueRow } from "./rows.ts";

/** From this many answers 500 to a change alone it counts as failed. */
const serverErrorsMax = 5;

/** Whether a change counts as failed although it stays in the queue. */
export function isFailing(row: QueueRow): boolean {
  return (row.serverErrors ?? 0) >= serverErrorsMax;
}

/** What holds others up: a quarantined CREATED, or a change that the server fails on. */
export type Blocker = QuarantineRow | QueueRow;

/** All blockers, in the order they were made within each kind. */
export function blockers(rows: DeviceRows): Blocker[] {
  const created = [...rows.quarantine.values()].filter(({ change }) => change.type === "CREATED");
  return [...created, ...[...rows.queue.values()].filter(isFailing)];
}

/** Entities whose queued changes must wait for a blocker. Everybody else's changes go on. */
export function heldEntities(rows: DeviceRows): Set<string> {
  return new Set(blockers(rows).map(keyOf));
}

/** How many changes count as failed: quarantined ones, failing ones, and what waits behind them. */
export function failedCount(rows: DeviceRows): number {
  const held = heldEntities(rows);
  return rows.quarantine.size + [...rows.queue.values()].filter((row) => held.has(keyOf(row))).length;
}

/** The entity of a change that is held up or holds others up. */
export function keyOf({ change }: Blocker): string {
  return entityKey(change.entityType, change.entityId);
}
