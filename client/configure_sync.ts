/**
 * The names of the original document for one client per page: `configureSync(options)` makes it, everything
 * else here speaks to it. A page with several clients uses `createSyncClient` instead.
 */
import { createSyncClient } from "./sync_client.ts";
import type {
  LocalMigration,
  LocalMigrationOptions,
  SyncClient,
  SyncClientOptions,
  SyncResult,
} from "./sync_client_api.ts";

let configured: SyncClient | undefined;

/** Makes the page's client, once; a second call closes the first client, unless its options are refused. */
export function configureSync(options: SyncClientOptions): SyncClient {
  const last = configured;
  configured = createSyncClient(options);
  void last?.close();
  return configured;
}

/** The page's client; throws a `TypeError` before `configureSync`. */
function client(): SyncClient {
  if (!configured) throw new TypeError("Cannot sync yet: call configureSync({ endpoint, getToken }) first");
  return configured;
}

/** Whatever `pick` gives at the moment of use: these objects exist before there is a client. */
function later<T extends object>(pick: () => T): T {
  return new Proxy({} as T, {
    get(_target, name) {
      const object = pick();
      const value = Reflect.get(object, name, object);
      return typeof value === "function" ? value.bind(object) : value;
    },
  });
}

/** The page's client. */
export const syncV2Api: Pick<
  SyncClient,
  "queueChange" | "sync" | "forceSync" | "getLocalStats" | "getStatus" | "migrate" | "isSyncing"
> = later(client);
/** What waits and what failed. */
export const changeQueue: SyncClient["changeQueue"] = later(() => client().changeQueue);
/** The queue for people who debug. */
export const changeQueueDebug: SyncClient["changeQueueDebug"] = later(() => client().changeQueueDebug);

/** A snapshot of the triggers, with `subscribe` for `useSyncExternalStore` or anything like it. */
export interface SyncTriggers {
  manualSync(): Promise<SyncResult>;
  isSyncing: boolean;
  /** Wall ms of the last complete exchange, or null. */
  lastSyncTime: number | null;
  /** Calls `listener` after every change of the status or of `isSyncing`; returns the unsubscriber. */
  subscribe(listener: () => void): () => void;
}

/** The triggers as they stand now; call it again, or subscribe, for later values. */
export function useSyncTriggers(): SyncTriggers {
  const sync = client();
  return {
    manualSync: () => sync.manualSync(),
    isSyncing: sync.isSyncing,
    lastSyncTime: sync.status.lastSyncTime,
    subscribe(listener) {
      const events = ["status", "syncing"];
      // One function may be subscribed by several parts of a page.
      const own = () => listener();
      for (const event of events) sync.addEventListener(event, own);
      return () => events.forEach((event) => sync.removeEventListener(event, own));
    },
  };
}

/** Queues what an older version of the site kept in localStorage; see `SyncClient.migrateFromLocalStorage`. */
export function migrateFromLocalStorage(options?: LocalMigrationOptions): Promise<LocalMigration> {
  return client().migrateFromLocalStorage(options);
}
