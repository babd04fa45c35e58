/** Flags wherever they are, as `deno task flags` shows and changes them. */
import type {
  FlagsAuditRow,
  FlagsChange,
  FlagSettings,
  FlagSwitches,
  OverrideChange,
} from "../../api/rollout_flags.ts";

/** What is set. */
export interface ShownFlags extends FlagSwitches {
  revision: number;
  overrides: ReadonlyMap<string, boolean>;
  /** Settings of the server that was asked; a store has none. */
  settings?: FlagSettings;
}

/** What a change did; `overrides` are those that changed. */
export interface ShownChange {
  before: FlagSwitches;
  after: FlagSwitches;
  overrides: readonly OverrideChange[];
}

/** It could not be done; the message is for the operator. */
export class FlagsError extends Error {
  override name = "FlagsError";
}

/** A store, or a server. Throws {@linkcode FlagsError}. */
export interface FlagsTarget {
  read(): Promise<ShownFlags>;
  change(change: FlagsChange): Promise<ShownChange | "unchanged">;
  /** Newest first. */
  audit(limit: number): Promise<readonly FlagsAuditRow[]>;
}
