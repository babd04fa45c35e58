/** Notes that a device was here: for display only, so neither often nor at the price of an answer. */
import { StoreBusyError } from "../store_busy_error.ts";
import { budget } from "./budget.ts";
import type { LedgerDeps } from "./deps.ts";
import type { HeadRead } from "./ledger_store.ts";
import type { DeviceRow } from "./records.ts";

/** How long, and of how many devices, it is known that they were here. */
export const deviceBounds = {
  /** A device that was not seen for longer is forgotten; a person may be away for a year. */
  ageMsMax: 400 * 86_400_000,
  /** Devices of one user, those seen last. */
  devicesMax: 1000,
} as const;

/** Those seen last, newest first, at most {@linkcode deviceBounds}.devicesMax. */
export function lastSeen<Seen extends { lastSeenMs: number }>(devices: readonly Seen[]): Seen[] {
  return devices.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs).slice(0, deviceBounds.devicesMax);
}

/** Writes `device`, if the note that was read with the head is old or of another key space. */
export async function keepDevice(
  { store }: Pick<LedgerDeps, "store">,
  user: string,
  device: DeviceRow | undefined,
  { device: known, token }: HeadRead,
): Promise<void> {
  if (!device) return;
  const fresh = known !== null && known.prefix === device.prefix &&
    Math.abs(device.lastSeenMs - known.lastSeenMs) < budget.deviceRowAgeMs;
  if (fresh) return;
  try {
    await store.writeDevice(user, device, token);
  } catch (error) {
    if (!(error instanceof StoreBusyError)) throw error;
  }
}
