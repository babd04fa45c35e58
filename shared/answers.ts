/** Answers of the routes beside the exchange, as both sides know them. Types only. */
import type { PulledChange, SettledStatus } from "./change.ts";

/** `GET /api/sync/v2/status`: what the server knows of a user. */
export interface ServerStatus {
  latestServerVersion: number;
  epoch: string;
  deviceCount: number;
  totalChanges: number;
  entityCount: number;
  /** ISO 8601 of the newest contact of any device, or null. */
  lastSync: string | null;
  devices: { deviceId: string; lastSeenAt: string; lastKnownServerVersion: number }[];
}

/** `POST /api/sync/v2/migrate`: what the server's migration of an older system's rows did. */
export interface ServerMigration {
  /** This call migrated rows. */
  migrated: boolean;
  /** There are rows, and all of them had been migrated before this call. */
  alreadyMigrated: boolean;
  /** Rows of type `logbook_entry` that this call found to be in the ledger, or brought there. */
  entriesConverted: number;
  /** The same for `goal`. */
  goalsConverted: number;
  /** Rows that are left; above 0: call again. */
  remaining: number;
  /** Rows of this call that are not in the ledger as they were; after the last call, all such rows (1,000 at most). */
  skipped: { entityType: string; entityId: string; reason: string }[];
}

/** A row of `GET /api/sync/v2/history`, the audit trail. */
export interface HistoryEntry extends PulledChange {
  status: SettledStatus;
  /** What took effect. */
  effect: "created" | "updated" | "deleted" | "none";
}
