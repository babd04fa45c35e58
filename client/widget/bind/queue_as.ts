/**
 * Queues for one user or not at all. While an account is being switched the client's status may still name the
 * user before, and what is queued then waits for the next user's database: so every change waits for the
 * database first, and then looks whose it is.
 */
import type { ChangeIntent } from "../../../shared/mod.ts";
import type { SyncClient, SyncClientError } from "../../sync_client_api.ts";

/** The user whose database is open, once one is; null while nobody is signed in. */
export async function openUser(client: SyncClient): Promise<string | null> {
  await client.getLocalStats();
  return client.status.userId;
}

/**
 * Queues what `plan` gives, which is asked with the user's database open, so that it may read; null queues nothing.
 * Resolves with false if the user is gone.
 */
export async function queueAs(
  client: SyncClient,
  userId: string | null,
  plan: () => ChangeIntent | null,
): Promise<boolean> {
  if (await openUser(client) !== userId) return false;
  const change = plan();
  try {
    if (change) await client.queueChange(change);
  } catch (error) {
    if (codeOf(error) === "signed_out") return false;
    throw error;
  }
  return true;
}

/** Whether the device is at fault rather than what was to be queued: it is worth trying again as it is. */
export function isDeviceFault(error: unknown): boolean {
  return ["quota", "storage", "closed"].includes(codeOf(error));
}

/** The code of an error of the client. */
export function codeOf(error: unknown): string {
  return (error as SyncClientError).code;
}
