/**
 * The part of a store that keeps the rollout switches. The switches themselves are small, because every request
 * reads them with the head; each override has a key of its own, which only its user's decision reads.
 */
import type { FlagsAuditRow, OverrideChange } from "../rollout_flags.ts";
import type { Flags } from "./records.ts";

/** Switches and all overrides as of one moment. */
export interface FlagsRead {
  flags: Flags;
  /** Changes with every write; what {@linkcode FlagStore.writeFlags} checks. */
  token: string;
  overrides: Map<string, boolean>;
}

/** What one change of the flags writes, whole or not at all. */
export interface FlagsWrite {
  flags: Flags;
  overrides: readonly OverrideChange[];
  row: FlagsAuditRow;
  /** Revision of the audit row that has become too old. */
  forgotten: number;
}

/** Bounds; a store refuses nothing within them. */
export const flagLimits = {
  /** Overrides there can be: with the switches they are one batch of a listing, so one moment. */
  overridesMax: 500,
  /** Overrides that one change sets or removes: its audit row stays below 64 KiB, whatever the ids. */
  overridesPerChangeMax: 100,
  /** Audit rows that are kept. */
  auditRowsMax: 1000,
} as const;

/** Storage of the rollout switches. */
export interface FlagStore {
  readFlags(): Promise<FlagsRead>;
  /** The switches and one user's override, in one step. */
  readFlagsFor(user: string): Promise<{ flags: Flags; override: boolean | null }>;
  /** The new token; null, and nothing written, when the flags are no longer those of `token`. */
  writeFlags(token: string, write: FlagsWrite): Promise<string | null>;
  /** Audit rows below `before` (null: all), newest first. */
  listFlagsAudit(before: number | null, limit: number): Promise<FlagsAuditRow[]>;
}
