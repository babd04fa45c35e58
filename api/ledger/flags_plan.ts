/** What a change of the flags writes, worked out from what was read; pure, so that it can be done again. */
import type { FlagsAuthor, FlagsChange, FlagSwitches, OverrideChange } from "../rollout_flags.ts";
import { flagLimits, type FlagsRead, type FlagsWrite } from "./flag_store.ts";
import type { Flags } from "./records.ts";

/** A write, or nothing to do, or why it cannot be done; `reason` repeats no user's id. */
export type FlagsPlan =
  | { kind: "write"; write: FlagsWrite }
  | { kind: "unchanged" }
  | { kind: "too_many_overrides"; reason: string };

/** `at` is ISO 8601. */
export function planFlagsChange(
  { flags, overrides }: FlagsRead,
  change: FlagsChange,
  { by, via }: FlagsAuthor,
  at: string,
): FlagsPlan {
  const before = switchesOf(flags);
  const after: FlagSwitches = {
    percent: change.percent === undefined ? before.percent : change.percent,
    paused: change.paused ?? before.paused,
  };
  const changed = overrideChanges(overrides, change);
  const same = before.percent === after.percent && before.paused === after.paused;
  if (same && changed.length === 0) return { kind: "unchanged" };
  const reason = refusal(overrides.size, changed);
  if (reason !== null) return { kind: "too_many_overrides", reason };
  const revision = (flags.revision ?? 0) + 1;
  return {
    kind: "write",
    write: {
      flags: {
        revision,
        ...(after.percent === null ? {} : { percent: after.percent }),
        ...(after.paused ? { paused: true } : {}),
      },
      overrides: changed,
      row: { revision, at, by, via, before, after, overrides: changed },
      forgotten: revision - flagLimits.auditRowsMax,
    },
  };
}

/** The switches that a record says. */
export function switchesOf({ percent, paused }: Flags): FlagSwitches {
  return { percent: percent ?? null, paused: paused ?? false };
}

/** The overrides after `changed`. */
export function overridesAfter(
  overrides: ReadonlyMap<string, boolean>,
  changed: readonly OverrideChange[],
): Map<string, boolean> {
  const after = new Map(overrides);
  for (const { user, after: value } of changed) {
    if (value === null) after.delete(user);
    else after.set(user, value);
  }
  return after;
}

function overrideChanges(
  standing: ReadonlyMap<string, boolean>,
  { overrides, overrideOf }: FlagsChange,
): OverrideChange[] {
  const wanted = new Map<string, boolean | null>(overrideOf ?? overrides);
  // Given as a whole, the overrides that are not named are to go.
  if (overrides) { for (const user of standing.keys()) if (!overrides.has(user)) wanted.set(user, null); }
  return [...wanted]
    .map(([user, after]) => ({ user, before: standing.get(user) ?? null, after }))
    .filter(({ before, after }) => before !== after);
}

function refusal(standing: number, changed: readonly OverrideChange[]): string | null {
  const { overridesMax, overridesPerChangeMax } = flagLimits;
  if (changed.length > overridesPerChangeMax) {
    return `One change may set or remove at most ${overridesPerChangeMax} overrides: this one has ` +
      `${changed.length}. Make it in several.`;
  }
  const added = changed.filter(({ before }) => before === null).length;
  const removed = changed.filter(({ after }) => after === null).length;
  const total = standing + added - removed;
  if (total <= overridesMax || total <= standing) return null;
  return `There may be at most ${overridesMax} overrides: there would be ${total}. Remove some, or use the ` +
    "percentage: overrides are for single people.";
}
