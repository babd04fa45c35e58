/**
 * What this browser profile remembers beside any user's data: its deviceId and who was signed in last. It
 * lives in the anonymous database, which also takes the edits that are made while nobody is signed in.
 *
 * An expired session still writes to its own user's database, because the last user is remembered until a
 * logout; nobody else's database is ever opened without a token that names its user.
 */
import type { DeviceStore, Ids, StoreKey } from "./ports.ts";

const deviceIdKey: StoreKey = ["device", "id"];
const lastUserKey: StoreKey = ["device", "lastUser"];

/** Name of a user's database, or of the anonymous one for null. */
export function databaseName(prefix: string, endpoint: string, userId: string | null): string {
  // Control characters cannot be part of either, so two different pairs never share a name.
  return `${prefix}\u0001${endpoint}\u0001${userId ?? ""}`;
}

/** Facts about this browser profile. */
export interface DeviceFacts {
  deviceId: string;
  lastUser: string | null;
}

/**
 * Reads the facts; gives the profile its deviceId on the first call, and another one if it still has `taken`, which
 * the profile that it was cloned from has too.
 */
export function readDeviceFacts(store: DeviceStore, ids: Ids, taken?: string): Promise<DeviceFacts> {
  return store.transact("write", async (tx) => {
    const [id, lastUser] = await tx.get([deviceIdKey, lastUserKey]);
    const deviceId = typeof id === "string" && id !== taken ? id : ids.uuid();
    if (deviceId !== id) tx.put([[deviceIdKey, deviceId]]);
    return { deviceId, lastUser: typeof lastUser === "string" ? lastUser : null };
  });
}

/** Remembers who is signed in; null after a logout. */
export function rememberUser(store: DeviceStore, userId: string | null): Promise<void> {
  return store.transact("write", (tx) => {
    if (userId === null) tx.delete([lastUserKey]);
    else tx.put([[lastUserKey, userId]]);
    return Promise.resolve();
  });
}
