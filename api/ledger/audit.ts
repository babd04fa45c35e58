/**
 * The audit trail: the log read backwards. There is no index by entity, so that a push pays for none; a page
 * looks at a bounded number of rows and of their bytes, and may be short, or empty, with more behind it.
 */
import { type Conflict, jsonBytes, limits } from "../../shared/mod.ts";
import type { HistoryEntry } from "../../shared/mod.ts";
import type { AuditPage, AuditQuery } from "../ports.ts";
import { budget } from "./budget.ts";
import type { LedgerDeps } from "./deps.ts";
import { emptyHead, type LogRow } from "./records.ts";
import { rowBytes } from "./row_bytes.ts";
import { auditRecord, toldConflict } from "./wire.ts";

/** The rows of a user or of one entity, newest first, those without effect too. */
export function history(deps: LedgerDeps, user: string, query: AuditQuery): Promise<AuditPage<HistoryEntry>> {
  // Without a filter every row read is a row given.
  const rowsPerRead = query.entityId === undefined ? query.limit : budget.rowsPerReadMax;
  return scan(deps, user, query, rowsPerRead, auditRecord);
}

/** The conflicts of a user or of one entity, newest first, as `exchange` told them. */
export function conflicts(deps: LedgerDeps, user: string, query: AuditQuery): Promise<AuditPage<Conflict>> {
  return scan(deps, user, query, budget.rowsPerReadMax, (row) => toldConflict(row));
}

async function scan<T>(
  { store }: LedgerDeps,
  user: string,
  query: AuditQuery,
  rowsPerRead: number,
  read: (row: LogRow) => T | null,
): Promise<AuditPage<T>> {
  const head = (await store.readHead(user)).head ?? emptyHead;
  const rows: T[] = [];
  let before = Math.min(query.before ?? head.version + 1, head.version + 1);
  let bytes = 0;
  let bytesScanned = 0;
  const mayGoOn = (scanned: number) =>
    scanned < budget.rowsScannedMax && bytesScanned < budget.bytesScannedMax && before > 1;
  for (let scanned = 0; mayGoOn(scanned);) {
    const batch = await store.listRows(user, head.prefix, {
      // Rows below the floor are forgotten, also where they are not deleted yet.
      after: head.floor,
      upTo: before - 1,
      limit: Math.min(rowsPerRead, budget.rowsPerReadMax),
      bytesMax: budget.bytesPerSliceMax,
      newestFirst: true,
    });
    if (batch.length === 0) return { rows, nextBefore: null };
    for (const row of batch) {
      scanned++;
      bytesScanned += rowBytes(row);
      before = row.version;
      const record = concerns(row, query) ? read(row) : null;
      if (record === null) continue;
      rows.push(record);
      bytes += jsonBytes(record);
      if (rows.length >= query.limit || bytes >= limits.pageBytesMax) {
        return { rows, nextBefore: before > 1 ? before : null };
      }
    }
  }
  return { rows, nextBefore: before > 1 ? before : null };
}

function concerns(row: LogRow, { entityType, entityId }: AuditQuery): boolean {
  return (entityType === undefined || row.entityType === entityType) &&
    (entityId === undefined || row.entityId === entityId);
}
