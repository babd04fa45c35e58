/**
 * Lifts what this device keeps to the site's schema of today: unsent queued changes and the base. A change that
 * was sent is never touched (nobody knows whether the server has it), and what cannot be lifted is set aside
 * with its reason, never dropped. The base keeps the server's own data beside the lifted one, because checksums
 * and further changes are about the server's.
 */
import { applyEffect, type ChangeIntent, checkIntent } from "../../shared/mod.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { Plan } from "../device_state.ts";
import type { StoreKey, StoreRow } from "../ports.ts";
import { type BaseRow, type QueueRow, rowKey } from "../rows.ts";
import type { SyncClientOptions } from "../sync_client_api.ts";
import { quarantineRow } from "./failed_changes.ts";

type EntityTypes = NonNullable<SyncClientOptions["entityTypes"]>;

/** Plans the lift, and notes the versions of today; writes nothing if they are the ones noted. */
export function planMigrateSchema(rows: DeviceRows, entityTypes: EntityTypes, nowMs: number): Plan<number> {
  const put: StoreRow[] = [];
  const remove: StoreKey[] = [];
  const noted: Record<string, number> = { ...rows.schema };
  for (const [type, { schemaVersion = 0, migrate }] of Object.entries(entityTypes)) {
    const from = noted[type] ?? 0;
    noted[type] = Math.max(from, schemaVersion);
    if (!migrate) continue;
    // Each row by its own version: a tab with an older page may have queued after the base was lifted.
    for (const row of rows.queue.values()) {
      if (row.change.entityType !== type || row.sent || row.schemaVersion >= schemaVersion) continue;
      const lifted = liftQueued(row, migrate, schemaVersion);
      if (lifted) put.push([rowKey.queue(row.seq), lifted]);
      else {
        const reason =
          `This change was made with an older version of this page and could not be converted to version ${schemaVersion}.`;
        const aside = quarantineRow(row, "migration_failed", reason, nowMs);
        remove.push(rowKey.queue(row.seq));
        put.push([rowKey.quarantine(row.change.changeId), aside]);
      }
    }
    if (from >= schemaVersion) continue;
    const slot = rows.sync.shownSlot;
    for (const [id, row] of rows.base[slot]!.get(type) ?? []) {
      const lifted = liftBase(row, type, id, migrate, from);
      if (lifted) put.push([rowKey.base(slot, type, id), lifted]);
    }
  }
  const changed = JSON.stringify(noted) !== JSON.stringify(rows.schema);
  if (changed) put.push([rowKey.meta("schema"), noted]);
  return { put, remove, result: put.length };
}

type Migrate = NonNullable<EntityTypes[string]["migrate"]>;

function liftQueued(row: QueueRow, migrate: Migrate, schemaVersion: number): QueueRow | null {
  const { type, entityType, entityId, data, unset } = row.change;
  const intent: ChangeIntent = { type, entityType, entityId, ...(data && { data }), ...(unset && { unset }) };
  const lifted = lift(intent, migrate, row.schemaVersion);
  if (!lifted) return null;
  const { changeId, timestamp, retryCount, baseVersion } = row.change;
  return { ...row, schemaVersion, change: { changeId, ...lifted, timestamp, retryCount, baseVersion } };
}

function liftBase(
  row: BaseRow,
  entityType: string,
  entityId: string,
  migrate: Migrate,
  from: number,
): BaseRow | null {
  const raw = row.raw ?? row.data;
  const lifted = lift({ type: "CREATED", entityType, entityId, data: row.data }, migrate, from);
  const data = lifted && applyEffect(undefined, lifted);
  return data ? { version: row.version, data, raw } : null;
}

/** The migrated intent, if the site's function gave a sound one about the same entity. */
function lift(intent: ChangeIntent, migrate: Migrate, from: number): ChangeIntent | null {
  try {
    const given = JSON.parse(JSON.stringify(migrate(structuredClone(intent), from)));
    const checked = checkIntent(given);
    const same = checked.ok && checked.intent.type === intent.type &&
      checked.intent.entityType === intent.entityType && checked.intent.entityId === intent.entityId;
    return same ? checked.intent : null;
  } catch {
    return null;
  }
}
