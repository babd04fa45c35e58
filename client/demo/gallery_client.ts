/** A client that shows one state for ever, for the gallery. It sends nothing and keeps nothing. */
import type { SyncClient, SyncState } from "../sync_client_api.ts";
import { galleryData } from "./gallery_data.ts";

/** The members that `<sync-status>` uses. */
type Shown = Pick<
  SyncClient,
  | "status"
  | "changeQueue"
  | "conflicts"
  | "debug"
  | "changeQueueDebug"
  | "get"
  | "getStatus"
  | "manualSync"
  | "pause"
  | "resume"
  | "retry"
  | "discard"
  | "resolve"
  | "queueChange"
  | "update"
  | "signIn"
  | "deviceId"
>;

const ownDeviceId = "3f2a0000-0000-4000-8000-000000000001";

/** A client in that state; `nowMs` is wall time. */
export function createGalleryClient(state: SyncState, nowMs: number): SyncClient {
  const data = galleryData(state, nowMs);
  const nothing = () => Promise.resolve();
  const seen = (minutesAgo: number) => new Date(nowMs - minutesAgo * 60_000).toISOString();
  const shown: Omit<Shown, "status"> = {
    changeQueue: {
      getAllPendingChanges: () => Promise.resolve(data.waiting),
      getFailedChanges: () => Promise.resolve(data.failed),
    },
    conflicts: { list: () => structuredClone(data.conflicts) },
    debug: { timeline: () => data.timeline },
    changeQueueDebug: {
      getAll: () => Promise.resolve(data.waiting),
      getStats: () => Promise.reject(new Error("The gallery keeps no statistics.")),
      clear: nothing,
      export: () => Promise.reject(new Error("The gallery has no log to export.")),
    },
    get: () => undefined,
    getStatus: () =>
      Promise.resolve({
        latestServerVersion: 12,
        epoch: "gallery",
        deviceCount: 2,
        totalChanges: 12,
        entityCount: 5,
        lastSync: seen(2),
        devices: [
          {
            deviceId: ownDeviceId,
            lastSeenAt: seen(2),
            lastKnownServerVersion: 12,
          },
          {
            deviceId: "91cc0000-0000-4000-8000-000000000002",
            lastSeenAt: seen(3000),
            lastKnownServerVersion: 9,
          },
        ],
      }),
    manualSync: () => Promise.resolve({ success: true, changesPushed: 0, changesApplied: 0, conflicts: 0 }),
    pause: nothing,
    resume: nothing,
    retry: nothing,
    discard: nothing,
    resolve: nothing,
    queueChange: ({ entityId }) => Promise.resolve({ changeId: entityId, synced: new Promise(() => {}) }),
    update: nothing,
    signIn: nothing,
    deviceId: ownDeviceId,
  };
  // A target of its own: the element listens on it.
  return Object.assign(new EventTarget(), shown, { status: data.status }) as unknown as SyncClient;
}
