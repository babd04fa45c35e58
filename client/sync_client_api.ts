/**
 * The public surface of the client as types: what a site's code is written against. `createSyncClient` in
 * `sync_client.ts` makes one; `/sync-engine.js` and `/sync-status.js` export it.
 */
import type {
  ChangeIntent,
  Conflict,
  ConflictReason,
  HistoryEntry,
  JsonObject,
  PushedChange,
  RejectionCode,
  ResetReason,
  ServerMigration,
  ServerStatus,
  SettledStatus,
  Verdict,
} from "../shared/mod.ts";
import type { ClientPorts } from "./ports.ts";

/** A change as it waits on this device. */
export type ChangeRecord = PushedChange & { baseVersion: number; retryCount: number };

/** Why a change is set aside: the server's code, or one that only the client gives. */
export type FailureCode = RejectionCode | "server_error" | "migration_failed";

/** A change that could not be saved; kept until it is retried or discarded. */
export interface FailedChange extends ChangeRecord {
  code: FailureCode;
  /** A sentence fit for a person. */
  reason: string;
  /** changeId of the rejected CREATED that this change depends on. */
  dependsOn?: string;
  /** Wall time of the failure in ms. */
  failedAt: number;
}

/** A change that is durable on this device. */
export interface QueuedChange {
  changeId: string;
  /**
   * Settles with the server's verdict, however long that takes; also `rejected`, then possibly with a
   * {@linkcode FailureCode} that only the client gives. A logout that discards
   * settles it like a discard; in other tabs it stays pending then, as it does after `close()`. Never rejects.
   */
  synced: Promise<Verdict>;
}

/** The 13 states of `<sync-status>`; the first of this list that applies is shown. */
export const syncStates = [
  "storage",
  "lost",
  "failed",
  "conflict",
  "auth",
  "paused",
  "stale",
  "retrying",
  "offline",
  "syncing",
  "pending",
  "loading",
  "synced",
] as const;
/** One of {@linkcode syncStates}. */
export type SyncState = (typeof syncStates)[number];

/** What is true now. A new object after every change; never modified. */
export interface SyncStatus {
  state: SyncState;
  /** Changes on this device that the server has not settled. */
  pending: number;
  /** Changes that could not be saved. */
  failed: number;
  /** Conflicts that wait for a choice. */
  conflicts: number;
  /** Wall time in ms of the oldest pending change, or null. */
  oldestPendingAt: number | null;
  /** Wall time in ms of the last complete exchange, or null. */
  lastSyncTime: number | null;
  /** Wall time in ms of the next automatic attempt while retrying, or null. */
  nextAttemptAt: number | null;
  /** A first sync or a long flush. */
  progress?: { done: number; total: number };
  /** What the last request said, or the browser before any request. */
  online: boolean;
  /** Whose data this is; null while signed out. */
  userId: string | null;
  /**
   * Why syncing is paused: the site asked, the service's kill switch, or the user's data were erased elsewhere
   * and a person must say (`resume()`) whether what waits here is to be sent all the same.
   */
  pausedBy?: "site" | "service" | "erased";
  /** Why `storage` or `lost` is shown, in words. */
  storageProblem?: string;
}

/** Result of a sync call. */
export interface SyncResult {
  success: boolean;
  changesPushed: number;
  changesApplied: number;
  conflicts: number;
  /** Present when `success` is false. */
  error?: SyncError;
}

/** Why an exchange did not succeed. */
export type SyncErrorCode =
  | "offline"
  | "timeout"
  | "unauthenticated"
  | "forbidden"
  | "paused"
  | "busy"
  | "rate_limited"
  | "too_large"
  | "invalid_request"
  | "server_error"
  | "invalid_answer"
  | "storage"
  | "closed";

/** An exchange that did not succeed; nothing is lost by it. */
export interface SyncError {
  code: SyncErrorCode;
  message: string;
  /** Server's `Retry-After` in ms, if it gave one. */
  retryAfterMs?: number;
}

/** Codes of errors that the client's methods reject with. */
export type ClientErrorCode =
  | RejectionCode
  | "quota"
  | "storage"
  | "closed"
  | "not_found"
  | "changed_again"
  | "pending_changes"
  | "signed_out"
  | "request_failed"
  | "nothing_to_undo";

/** An error of a client method: what happened, what was required, what to do. */
export class SyncClientError extends Error {
  constructor(readonly code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SyncClientError";
  }
}

/** A conflict that waits for a person. */
export interface OpenConflict {
  id: string;
  entityType: string;
  entityId: string;
  reason: ConflictReason;
  /** Whose value stands now: this device's or the other's. */
  winner: "mine" | "theirs";
  /** Both sides of every field concerned; a side that was removed is left out. */
  fields: { name: string; mine?: unknown; theirs?: unknown }[];
  /** The other change, as far as known; `data` is what a deletion removed. */
  theirs?: Conflict["theirs"];
  /** The other side's values were too much for the answer and are not known here; `history()` has them. */
  truncated?: true;
  /** Fields of the entity before this device's edit, where known. */
  base?: JsonObject;
  version: number;
  /** Wall time in ms when it was noticed. */
  noticedAt: number;
}

/** What changed in the view. */
export interface ViewChange {
  type: string;
  ids: string[];
  origin: "local" | "remote" | "rollback";
}

/** Options of `createSyncClient`. */
export interface SyncClientOptions {
  /** The exchange's URL, e.g. `https://sync.example/api/sync/v2`. */
  endpoint: string;
  /** Gives the JWT; asked again after a 401; null means signed out. Kept in memory only. */
  getToken: () => string | null | Promise<string | null>;
  /** The token's `sub`, where the site knows it before it has a token. Other users' tokens are not used. */
  userId?: string;
  /** Prefix of the local database; default "tenuto". */
  name?: string;
  /** Default true: the scheduler runs. False: only `sync()`, `manualSync()` and `forceSync()`. */
  autoSync?: boolean;
  /**
   * Default false. True: `GET /api/flags`, beside the endpoint, is asked before the first sync and hourly; while it
   * says that this user is not on v2, nothing is exchanged, edits are kept, and the state is `paused` by the
   * service. For sites that move their users from an older system step by step.
   */
  followRollout?: boolean;
  /**
   * Default: nothing is looked for. `true`, or the keys where the older version of the site kept its data: if there
   * are any when the first user of this browser signs in, they are queued as by `migrateFromLocalStorage`, with a
   * `migrated` event. Users who sign in here later do not get them. A site that wants to ask first leaves this out
   * and calls `migrateFromLocalStorage` itself.
   */
  migrateLocalStorage?: true | LocalMigrationOptions;
  /**
   * Per entity type: the schema version of the data, and how to lift what an older page has written: changes that
   * wait on this device, with `from` as their version, and every record that the server gives, as a CREATED with
   * the whole record and `from` 0, because the server does not know versions. `migrate` must be pure and
   * idempotent: what has the newest shape already comes back as it is, whatever `from` says. As pages of several
   * versions edit one record, it may hold older and newer fields beside each other; the newer ones should stand.
   * A record that cannot be lifted is shown as the server has it.
   */
  entityTypes?: Record<
    string,
    { schemaVersion?: number; migrate?(change: ChangeIntent, from: number): ChangeIntent }
  >;
  /** In ms; what is no number from 0 leaves its default. */
  timing?: Partial<Timing>;
  /** For tests and other hosts. */
  ports?: Partial<ClientPorts>;
}

/** Settings of the schedule, all in ms. */
export interface Timing {
  /** Between polls while visible; default 30,000. */
  periodicMs: number;
  /** Least time between automatic syncs; default 5,000. */
  debounceMs: number;
  /** A request that takes longer is given up; default 30,000. */
  requestTimeoutMs: number;
  /** Longest back-off; default 300,000. */
  backoffMaxMs: number;
}

/** Names and details of the client's events (`CustomEvent.detail`). */
export interface SyncClientEvents {
  status: SyncStatus;
  /** A sync began or ended: the new `isSyncing`. A sync with nothing to say changes no status. */
  syncing: boolean;
  /** A change was settled. */
  applied: { changeId: string; status: SettledStatus; version: number };
  rejected: FailedChange;
  conflict: OpenConflict;
  /** A sync found no usable token; told once, and again after `signIn()` or a manual sync that finds none. */
  "auth-required": { reason: "signed_out" | "expired" };
  storage: { kind: "indexeddb" | "memory"; problem: string | null };
  reset: { reason: ResetReason | "checksum" };
  /** Data of an older version of the site was found in this browser and queued, see `migrateLocalStorage`. */
  migrated: LocalMigration;
}

/** The client. All promises reject with {@linkcode SyncClientError} only. */
export interface SyncClient extends EventTarget {
  /** The local database is loaded (or memory mode was chosen, with a `storage` event). */
  readonly ready: Promise<void>;
  /** Resolves when the change is durable on this device; never waits for the network. */
  queueChange(intent: ChangeIntent): Promise<QueuedChange>;
  /** Queues a CREATED; resolves to its id (`data.id`, or a new UUID v7 that is put into `data.id`). */
  create(type: string, data: JsonObject): Promise<string>;
  /** Queues an UPDATED with only `fields`. */
  update(type: string, id: string, fields: JsonObject, options?: { unset?: string[] }): Promise<void>;
  /** Queues a DELETED. */
  remove(type: string, id: string): Promise<void>;
  /** The entity as this device sees it, frozen; undefined before `ready` or if there is none. */
  get(type: string, id: string): Readonly<JsonObject> | undefined;
  /**
   * All live entities of a type as this device sees them, frozen; the same array until one of them changes, so that
   * it can be the snapshot of React's `useSyncExternalStore`. To sort it, use `toSorted`.
   */
  list(type: string): readonly Readonly<JsonObject>[];
  /**
   * Calls `listener` after every change of the view, also when a database was opened or closed (start, sign-in,
   * logout): what it reads then is the new state. Returns the unsubscriber.
   */
  subscribe(type: string, listener: (change: ViewChange) => void): () => void;
  /** One sync by the rules of the schedule: may wait for the 5 s and for back-off. */
  sync(): Promise<SyncResult>;
  /** Syncs now and clears back-off. */
  manualSync(): Promise<SyncResult>;
  /** Syncs now and logs the exchange readably. */
  forceSync(): Promise<SyncResult>;
  readonly isSyncing: boolean;
  readonly status: SyncStatus;
  /** This device's UUID, which its changes bear; empty until `ready`. A cloned profile gets a new one. */
  readonly deviceId: string;
  getLocalStats(): Promise<LocalStats>;
  readonly changeQueue: {
    getAllPendingChanges(): Promise<ChangeRecord[]>;
    getFailedChanges(): Promise<FailedChange[]>;
  };
  /**
   * Queues a failed change again, with its dependents in order. With `data` (all fields of a CREATED, the changed
   * ones of an UPDATED) a change with that data takes its place at once; the failed one leaves a discard record.
   * Rejects with `not_found` if no failed change has this id, or with the code of what is wrong with `data`.
   */
  retry(changeId: string, data?: JsonObject): Promise<void>;
  /** Gives a failed change up, with its dependents; leaves a discard record. */
  discard(changeId: string): Promise<void>;
  readonly conflicts: { list(): OpenConflict[] };
  /**
   * Settles a conflict by a new change; rejects with `changed_again` when the entity moved since. Of given fields,
   * those that are `undefined` are removed.
   */
  resolve(id: string, choice: "mine" | "theirs" | JsonObject): Promise<void>;
  readonly changeQueueDebug: {
    getAll(): Promise<ChangeRecord[]>;
    getStats(): Promise<LocalStats>;
    clear(): Promise<void>;
    /** Downloads JSON; values are redacted unless `values` is true. Returns what was downloaded. */
    export(options?: { values?: boolean }): Promise<DebugExport>;
  };
  readonly debug: { timeline(): TimelineStep[] };
  /** The server's audit trail of one entity, newest first. */
  history(type: string, id: string): Promise<HistoryEntry[]>;
  /** The server's account of this user: `GET /api/sync/v2/status`. */
  getStatus(): Promise<ServerStatus>;
  /** Turns this user's rows of the older system, on the server, into changes; repeated until nothing remains. */
  migrate(): Promise<ServerMigration>;
  /**
   * Queues what an older version of the site kept in localStorage as CREATED changes with ids derived from
   * user and content, so that a second run, here or on another device, queues nothing twice. Waits for
   * sign-in; never touches its sources; one malformed key does not stop the other.
   */
  migrateFromLocalStorage(options?: LocalMigrationOptions): Promise<LocalMigration>;
  /**
   * Queues the inverse of the last local change of this page; changes that left no trace (rejected, given up, or
   * without effect) are passed over. Rejects with `nothing_to_undo` when there is none.
   */
  undo(): Promise<void>;
  pause(): Promise<void>;
  /**
   * Goes on after `pause()`. With `sendAfterErase` also what was held because the user's data were erased
   * elsewhere (`status.pausedBy` is `erased`) is sent: only a person may say that.
   */
  resume(options?: { sendAfterErase?: boolean }): Promise<void>;
  /** The token may have changed: ask for it again. */
  signIn(): Promise<void>;
  /** Rejects with `pending_changes` when something is pending, unless `discard` is true. */
  logout(options?: { discard?: boolean }): Promise<void>;
  /** Stops everything; the queue stays on the device. */
  close(): Promise<void>;
  addEventListener<K extends keyof SyncClientEvents>(
    type: K,
    listener: (event: CustomEvent<SyncClientEvents[K]>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Where the older version of the site kept its data. */
export interface LocalMigrationOptions {
  /** Key of the entries, a JSON array; default `mirubato:logbook:entries`. */
  entriesKey?: string;
  /** Key of the goals, a JSON array; default `mirubato:logbook:goals`. */
  goalsKey?: string;
  /** Key of an array with ids of deleted entries; default `mirubato:logbook:deletedEntries`. */
  deletedKey?: string;
}

/** What a migration from localStorage did. */
export interface LocalMigration {
  entriesMigrated: number;
  goalsMigrated: number;
  /** What could not be taken over, and why; empty ids for a malformed key. */
  skipped: { entityType: string; entityId: string; reason: string }[];
}

/** The seed's local statistics; times are wall ms. */
export interface LocalStats {
  pendingChanges: number;
  failedChanges: number;
  lastSyncTime: number | null;
  oldestChange: number | null;
}

/** What `changeQueueDebug.export()` downloads. */
export interface DebugExport {
  changes: (ChangeRecord | FailedChange)[];
  metadata: Record<string, unknown>;
  stats: LocalStats;
  /** ISO 8601. */
  exportedAt: string;
}

/** One of the last 200 steps of the engine; where there were more, edits (`queued`) went first. */
export interface TimelineStep {
  /** Wall ms. */
  at: number;
  /** `queued` (an edit), `applied` or `failed` (an exchange), `synced` (the end of a sync), `storage` (a fault). */
  what: string;
  /** Counts, codes and, of an exchange (`applied`, `failed`), its `ms`; never values. */
  detail: Record<string, string | number | boolean | null>;
}
