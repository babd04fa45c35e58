/**
 * Housekeeping of the whole store: forgets log rows past their retention and devices that have not come back,
 * and sweeps what erases and commits that never came left behind. One run is bounded; the store remembers where it stopped, so that any host can
 * run it as often as it likes, interrupt it at any point, and get round to everybody.
 */
import { StoreBusyError } from "../store_busy_error.ts";
import type { LedgerDeps } from "./deps.ts";
import { deviceBounds } from "./keep_device.ts";
import { trimLog } from "./trim.ts";

/** Bounds of one run. */
export const maintenanceBounds = {
  /** Users whose log is looked at. */
  usersMax: 2000,
  /** Log rows deleted. */
  rowsMax: 50_000,
  /** Keys deleted for erased users, and as many for commits that never came. */
  keysMax: 20_000,
  /** Notes of devices that are looked at. */
  devicesMax: 20_000,
} as const;

/** What is to be kept, and bounds for tests. */
export interface MaintenanceOptions {
  /** Undefined: the log is kept for ever. */
  logRetentionDays?: number;
  bounds?: Partial<Record<keyof typeof maintenanceBounds, number>>;
  /**
   * Rounds that have come to their end, and are not begun again: one set for runs in a row, which goes on until both
   * have. Without it they would begin anew at different times, and hardly ever end in the same run.
   */
  done?: Set<MaintenanceRound>;
}

/** What goes round the whole store in several runs. */
export type MaintenanceRound = "devices" | "logs";

/** What a run did, in counts only. */
export interface MaintenanceReport {
  /** Users whose log was looked at. */
  users: number;
  trimmedRows: number;
  /** Users whose head never stood still; the next round gets them. */
  busyUsers: number;
  erasedKeys: number;
  orphanKeys: number;
  /** Devices that were not seen for long, or are more than a user may have. */
  forgottenDevices: number;
  /** There is more to do than the bounds allowed, or the store was locked: run again soon. */
  more: boolean;
}

const dayMs = 86_400_000;
const usersPerListMax = 100;

/** One bounded run. */
export async function maintainLedger(
  deps: LedgerDeps,
  options: MaintenanceOptions = {},
): Promise<MaintenanceReport> {
  const bounds = { ...maintenanceBounds, ...options.bounds };
  const report: MaintenanceReport = {
    users: 0,
    trimmedRows: 0,
    busyUsers: 0,
    erasedKeys: 0,
    orphanKeys: 0,
    forgottenDevices: 0,
    more: false,
  };
  try {
    const erased = await deps.store.sweepErased(bounds.keysMax);
    report.erasedKeys = erased.deleted;
    const orphans = await deps.store.sweepOrphans(bounds.keysMax);
    report.orphanKeys = orphans.deleted;
    const seenBeforeMs = deps.clock.nowMs() - deviceBounds.ageMsMax;
    const { done = new Set(), logRetentionDays } = options;
    report.more = erased.more || orphans.more;
    if (!done.has("devices")) {
      const devices = await deps.store.sweepDevices(seenBeforeMs, bounds.devicesMax);
      report.forgottenDevices = devices.deleted;
      if (devices.more) report.more = true;
      else done.add("devices");
    }
    if (!done.has("logs") && logRetentionDays !== undefined) {
      const beforeMs = deps.clock.nowMs() - logRetentionDays * dayMs;
      if (await trimLogs(deps, beforeMs, bounds, report)) report.more = true;
      else done.add("logs");
    }
  } catch (error) {
    if (!(error instanceof StoreBusyError)) throw error;
    report.more = true;
  }
  return report;
}

/** One line for logs and terminals. */
export function describeMaintenance({ more, ...counts }: MaintenanceReport): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return `${parts.join(", ")}${more ? ", more to do" : ""}`;
}

/** Goes on with the users after the last one done; resolves to whether the round is unfinished. */
async function trimLogs(
  deps: LedgerDeps,
  beforeMs: number,
  bounds: Record<keyof typeof maintenanceBounds, number>,
  report: MaintenanceReport,
): Promise<boolean> {
  const { store } = deps;
  let after = await store.readMaintained();
  while (report.users < bounds.usersMax) {
    const users = await store.listUsers(after, Math.min(usersPerListMax, bounds.usersMax - report.users));
    if (users.length === 0) {
      await store.writeMaintained(null);
      return false;
    }
    for (const user of users) {
      const finished = await trimUser(deps, user, beforeMs, bounds.rowsMax, report);
      if (!finished) break;
      report.users++;
      after = user;
    }
    // Once a list, not once a user: what an interrupted run does again costs less.
    await store.writeMaintained(after);
    if (after !== users.at(-1)) return true;
  }
  return true;
}

async function trimUser(
  deps: LedgerDeps,
  user: string,
  beforeMs: number,
  rowsMax: number,
  report: MaintenanceReport,
): Promise<boolean> {
  while (report.trimmedRows < rowsMax) {
    const result = await trimLog(deps, user, beforeMs);
    if (!result.ok) {
      report.busyUsers++;
      return true;
    }
    report.trimmedRows += result.trimmed;
    if (!result.more) return true;
  }
  return false;
}
