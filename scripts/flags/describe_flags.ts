/** Flags as lines for a terminal. */
import type { FlagsAuditRow } from "../../api/rollout_flags.ts";
import type { ShownChange, ShownFlags } from "./flags_target.ts";

const saidPercent = (percent: number | null) => percent === null ? "not set" : `${percent} %`;
const saidOverride = (value: boolean | null) => value === null ? "none" : value ? "on" : "off";
const saidPaused = (paused: boolean) => paused ? "yes" : "no";

/** All that is set. */
export function describeFlags({ percent, paused, overrides, revision, settings }: ShownFlags): string[] {
  const ofSetting = settings === undefined
    ? "each server's SYNC_V2_ROLLOUT_PERCENT counts, 100 if it has none"
    : `${settings.rolloutPercent} % by SYNC_V2_ROLLOUT_PERCENT counts`;
  return [
    `percent: ${saidPercent(percent)}${percent === null ? ` (${ofSetting})` : ""}`,
    `paused: ${saidPaused(paused)}${settings?.paused ? " (but this server is, by SYNC_V2_PAUSED=1)" : ""}`,
    `overrides: ${overrides.size}`,
    ...[...overrides].map(([user, on]) => `  ${user}: ${saidOverride(on)}`),
    `revision: ${revision}`,
  ];
}

/** What a change did: before → after. */
export function describeChange({ before, after, overrides }: ShownChange): string[] {
  return [
    ...(before.percent === after.percent
      ? []
      : [`percent: ${saidPercent(before.percent)} → ${saidPercent(after.percent)}`]),
    ...(before.paused === after.paused
      ? []
      : [`paused: ${saidPaused(before.paused)} → ${saidPaused(after.paused)}`]),
    ...overrides.map(({ user, before, after }) =>
      `override of ${user}: ${saidOverride(before)} → ${saidOverride(after)}`
    ),
  ];
}

/** A row of the audit trail. */
export function describeRow(row: FlagsAuditRow): string[] {
  return [`${row.at} ${row.by} (${row.via})`, ...describeChange(row).map((line) => `  ${line}`)];
}
