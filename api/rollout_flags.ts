/**
 * The rollout switches as routes and operators' commands see them: who is on v2, and whether v2 is paused.
 * They belong to the whole store and are set while servers run; what is not set there is decided by the
 * settings of each server (`SYNC_V2_ROLLOUT_PERCENT`, `SYNC_V2_PAUSED`).
 */
import type { AuditPage, LedgerFailure } from "./ports.ts";

/** What the settings of a server say. */
export interface FlagSettings {
  /** Of users, 0 to 100; counts until a percentage is set at run time. */
  rolloutPercent: number;
  /** Pauses v2 on this server, whatever the run-time switch says. */
  paused: boolean;
}

/** `GET /api/flags`: one user's decision, and what made it. `paused` stands above an override. */
export interface RolloutDecision {
  syncV2: boolean;
  reason: "rollout" | "override" | "paused";
}

/** The switches that are set at run time. */
export interface FlagSwitches {
  /** null: not set, so that each server's setting counts. */
  percent: number | null;
  paused: boolean;
}

/** All that is set, as of one moment. */
export interface FlagsState extends FlagSwitches {
  /** How often the flags have been changed; 0 while nothing was ever set. */
  revision: number;
  overrides: ReadonlyMap<string, boolean>;
  /** Opaque identity of this state; what a change can be made to depend on. */
  token: string;
}

/** What is to change; what is left out stays. */
export interface FlagsChange {
  /** 0 to 100 with at most two decimals; null: each server's setting counts again. */
  percent?: number | null;
  paused?: boolean;
  /** All overrides there shall be. */
  overrides?: ReadonlyMap<string, boolean>;
  /** Overrides of these users only; null removes one. Not together with `overrides`. */
  overrideOf?: ReadonlyMap<string, boolean | null>;
}

/** Who changes the flags, and how. */
export interface FlagsAuthor {
  /** `sub` of the operator's token, or the operator's name on a machine. */
  by: string;
  via: "api" | "command";
}

/** One user's override, before and after; null: none. */
export interface OverrideChange {
  user: string;
  before: boolean | null;
  after: boolean | null;
}

/** One change of the flags, as the audit trail keeps it. */
export interface FlagsAuditRow extends FlagsAuthor {
  revision: number;
  /** Server time, ISO 8601. */
  at: string;
  before: FlagSwitches;
  after: FlagSwitches;
  /** Those that changed. */
  overrides: OverrideChange[];
}

/**
 * What became of a change. `unchanged`: it was so already, nothing is written. `changed_meanwhile`: somebody else
 * changed the flags since `token`. `too_many_overrides`: `reason` is for the operator.
 */
export type FlagsWritten =
  | { ok: true; state: FlagsState; row: FlagsAuditRow | "unchanged" }
  | { ok: false; code: "changed_meanwhile" }
  | { ok: false; code: "too_many_overrides"; reason: string }
  | LedgerFailure;

/** Which part of the audit trail is wanted: revisions below `before` (default: all), newest first. */
export interface FlagsAuditQuery {
  before?: number;
  /** 1–1000. */
  limit: number;
}

/** The switches of one store. Nothing is cached: a change counts in every isolate from the next request on. */
export interface RolloutFlags {
  /** One step on the store. */
  decide(user: string, settings: FlagSettings): Promise<RolloutDecision>;
  read(): Promise<FlagsState>;
  /** Changes and audits in one commit; with `token` only while the flags are those that it was read with. */
  change(change: FlagsChange, author: FlagsAuthor, token?: string): Promise<FlagsWritten>;
  /** The newest 1,000 changes are kept. */
  audit(query: FlagsAuditQuery): Promise<AuditPage<FlagsAuditRow>>;
}
