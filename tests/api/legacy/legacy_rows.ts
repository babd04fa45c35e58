/** Rows of a V1 database for tests, and what a ledger made of them. */
import { assert, assertEquals } from "@std/assert";
import type { LegacyRow } from "../../../api/ledger/legacy_store.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import type { ServerMigration } from "../../../shared/mod.ts";
import type { Ledger } from "../../../api/ports.ts";

/** A row with a record of its own id; `over` replaces columns. */
export function legacyRow(
  entityType: string,
  entityId: string,
  record: Record<string, unknown> = {},
  over: Partial<LegacyRow> = {},
): LegacyRow {
  return {
    entityType,
    entityId,
    data: JSON.stringify({ id: entityId, ...record }),
    version: 1,
    createdAt: "2025-07-30T23:01:12.418Z",
    updatedAt: "2025-07-30T23:04:55.002Z",
    deletedAt: null,
    deviceId: "dev_1",
    ...over,
  };
}

/** About as large as a rich entry of the older system. */
export function entryRow(i: number, over: Partial<LegacyRow> = {}): LegacyRow {
  const id = `entry_17507179${String(i).padStart(5, "0")}_0suwq20o8`;
  return legacyRow("logbook_entry", id, {
    timestamp: "2025-07-30T22:15:00.000Z",
    duration: 45,
    type: "practice",
    instrument: "piano",
    pieces: [{ id: "clair de lune-debussy", title: "Clair de Lune", composer: "Claude Debussy", tempo: 54 }],
    techniques: ["scale", "rhythm"],
    goalIds: ["q7Jx2mVbN0sLdPz4KcY1e"],
    notes: `Left-hand 10ths uneven after bar ${i}.`,
    mood: "satisfied",
    tags: ["evening"],
    metadata: { source: "manual" },
    createdAt: "2025-07-30T23:01:12.418Z",
    updatedAt: "2025-07-30T23:04:55.002Z",
  }, over);
}

export async function putRows(store: LedgerStore, user: string, rows: readonly LegacyRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += 1000) {
    const result = await store.putLegacyRows(user, rows.slice(at, at + 1000));
    assert(result.ok && result.refused.length === 0, JSON.stringify(result));
  }
}

/** Calls until nothing remains; the reports. */
export async function migrateAll(ledger: Ledger, user: string): Promise<ServerMigration[]> {
  const reports: ServerMigration[] = [];
  do {
    const result = await ledger.migrate(user);
    assert(result.ok, JSON.stringify(result));
    reports.push(result.report);
  } while (reports.at(-1)!.remaining > 0 && reports.length < 100);
  assertEquals(reports.at(-1)!.remaining, 0);
  return reports;
}

/** Live entities by `type/id`. */
export async function liveData(ledger: Ledger, user: string): Promise<Record<string, unknown>> {
  const live: [string, unknown][] = [];
  for await (const line of ledger.export(user)) {
    if (line.kind === "entity") live.push([`${line.entityType}/${line.entityId}`, line.data]);
  }
  return Object.fromEntries(live.sort(([a], [b]) => a < b ? -1 : 1));
}
