/** Notes that a device was here: for display only, so neither often nor at the price of an answer. */
import { StoreBusyError } from "../store_busy_error.ts";
import { budget } from "./budget.ts";
import type { LedgerDeps } from "./deps.ts";
import type { HeadRead } from "./ledger_store.ts";
import type { DeviceRow } from "./records.ts";

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
