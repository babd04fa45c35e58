/**
 * Which queued changes must wait, and how many changes count as failed: what the status needs to know about
 * failures at any time. What a person can do about them is in `network/failed_changes.ts`.
 */
import type { DeviceRows } from "./device_rows.ts";
import { entityKey, type QueueRow } from "./rows.ts";

/** From this many answers 500 to a change alone it counts as failed. */
const serverErrorsMax = 5;

/** Whether a change counts as failed although it stays in the queue. */
export function isFailing(row: QueueRow): boolean {
  return (row.serverErrors ?? 0) >= serverErrorsMax;
}

/**
 * Entities whose queued changes must wait: their CREATED is quarantined, or the server fails on one of their
 * changes. Everybody else's changes go on.
 */
export function heldEntities(rows: DeviceRows): Set<string> {
  const held = new Set<string>();
  for (const { change } of rows.quarantine.values()) {
    if (change.type === "CREATED") held.add(entityKey(change.entityType, change.entityId));
  }
  for (const row of rows.queue.values()) {
    if (isFailing(row)) held.add(entityKey(row.change.entityType, row.change.entityId));
  }
  return held;
}

/** How many changes count as failed: quarantined ones, what waits for a quarantined CREATED, and failing ones. */
export function failedCount(rows: DeviceRows): number {
  let count = rows.quarantine.size;
  for (const { change } of rows.quarantine.values()) {
    if (change.type === "CREATED") count += rows.queuedOf(change.entityType, change.entityId).length;
  }
  for (const row of rows.queue.values()) if (isFailing(row)) count++;
  return count;
}
