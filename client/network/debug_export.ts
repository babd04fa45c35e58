/**
 * What a person sends to somebody who helps: the queue with its metadata, values redacted unless asked for.
 * Tokens are never part of it, because they are never part of the rows.
 */
import type { JsonObject } from "../../shared/mod.ts";
import type { DeviceRows } from "../device_rows.ts";
import { failedChanges } from "./failed_changes.ts";
import type { ChangeRecord, DebugExport, FailedChange, LocalStats } from "../sync_client_api.ts";

/** Facts from outside the rows. */
export interface ExportFacts {
  stats: LocalStats;
  deviceId: string;
  state: string;
  /** Wall ms. */
  nowMs: number;
}

/** Builds the export. */
export function debugExport(rows: DeviceRows, facts: ExportFacts, values: boolean): DebugExport {
  const { epoch, cursor, snapshot, restarts, staging, checksumBroken } = rows.sync;
  const waiting = [...rows.queue.values()].map((row) => row.change);
  const waitingIds = new Set(waiting.map((change) => change.changeId));
  const failed = failedChanges(rows).filter((change) => !waitingIds.has(change.changeId));
  return {
    changes: [...waiting, ...failed].map((change) => values ? change : redacted(change)),
    metadata: {
      deviceId: facts.deviceId,
      state: facts.state,
      epoch,
      cursor,
      snapshot,
      restarts,
      staging,
      checksumBroken,
      revision: rows.revision,
      openConflicts: rows.conflict.size,
      discards: rows.discard.size,
    },
    stats: facts.stats,
    exportedAt: new Date(facts.nowMs).toISOString(),
  };
}

/** The change with every value replaced by its kind; names of fields stay. */
function redacted<T extends ChangeRecord | FailedChange>(change: T): T {
  if (!change.data) return change;
  const data: JsonObject = {};
  for (const [name, value] of Object.entries(change.data)) data[name] = `<${kindOf(value)}>`;
  return { ...change, data };
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
