/**
 * Lifts what this device keeps to the site's schema of today: unsent queued changes and the base. A change that
 * was sent is never touched (nobody knows whether the server has it), and what cannot be lifted is set aside
 * with its reason, never dropped. The base keeps the server's own data beside the lifted one, because checksums
 * and further changes are about the server's.
 */
import type { ChangeIntent } from "../../shared/mod.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { Plan } from "../device_state.ts";
import type { StoreKey, StoreRow } from "../ports.ts";
import { type QueueRow, rowKey } from "../rows.ts";
import { quarantineRow } from "./failed_changes.ts";
import { type EntityTypes, lift, liftRecord } from "./lift_record.ts";

/** Plans the lift, and notes the versions of today; writes nothing if they are the ones noted. */
export function planMigrateSchema(rows: DeviceRows, entityTypes: EntityTypes, nowMs: number): Plan<number> {
  const put: StoreRow[] = [];
  const remove: StoreKey[] = [];
  const noted: Record<string, number> = { ...rows.schema };
  for (const [type, schema] of Object.entries(entityTypes)) {
    const { schemaVersion = 0, migrate } = schema;
    noted[type] = Math.max(noted[type] ?? 0, schemaVersion);
    if (!migrate) continue;
    // Each row by its own version: a tab with an older page may have queued after the base was lifted.
    for (const row of rows.queue.values()) {
      if (row.change.entityType !== type) continue;
      const lifted = liftedRow(row, entityTypes, nowMs);
      if (lifted[1] === row) continue;
      put.push(lifted);
      if (lifted[0][0] !== "queue") remove.push(rowKey.queue(row.seq));
    }
    // What a tab with an older page has pulled meanwhile lies here as the server said it.
    for (const slot of [0, 1] as const) {
      for (const [id, row] of rows.base[slot].get(type) ?? []) {
        const lifted = liftRecord(row, [type, id], schema, noted[type]);
        if (lifted) put.push([rowKey.base(slot, type, id), lifted]);
      }
    }
  }
  const changed = JSON.stringify(noted) !== JSON.stringify(rows.schema);
  if (changed) put.push([rowKey.meta("schema"), noted]);
  return { put, remove, result: put.length };
}

/** How a queued change is kept: lifted, set aside because it cannot be, or as it is if there is nothing to lift. */
export function liftedRow(row: QueueRow, entityTypes: EntityTypes, nowMs: number): StoreRow {
  const { schemaVersion = 0, migrate } = entityTypes[row.change.entityType] ?? {};
  if (!migrate || row.sent || row.schemaVersion >= schemaVersion) return [rowKey.queue(row.seq), row];
  const lifted = liftQueued(row, migrate, schemaVersion);
  if (lifted) return [rowKey.queue(row.seq), lifted];
  const reason =
    `This change was made with an older version of this page and could not be converted to version ${schemaVersion}.`;
  return [
    rowKey.quarantine(row.change.changeId),
    quarantineRow(row, "migration_failed", reason, nowMs),
  ];
}

function liftQueued(
  row: QueueRow,
  migrate: NonNullable<EntityTypes[string]["migrate"]>,
  schemaVersion: number,
): QueueRow | null {
  const { type, entityType, entityId, data, unset } = row.change;
  const intent: ChangeIntent = { type, entityType, entityId, ...(data && { data }), ...(unset && { unset }) };
  const lifted = lift(intent, migrate, row.schemaVersion);
  if (!lifted) return null;
  const { changeId, timestamp, retryCount, baseVersion } = row.change;
  return { ...row, schemaVersion, change: { changeId, ...lifted, timestamp, retryCount, baseVersion } };
}
