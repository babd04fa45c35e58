/**
 * The seam between the two halves of the client. The local half (store, queue, view, status) is in the base
 * bundle: a page can keep and show data as soon as it has loaded. The network half (schedule, exchange,
 * applying answers, care for failures and conflicts) is loaded right after the local database is open; it
 * needs the network anyway. Types, and the names of what it takes care of.
 */
import type { Session, TabMessage } from "./session.ts";
import type { DebugExport, FailedChange, LocalStats, SyncClient, SyncResult } from "./sync_client_api.ts";

/** What the network half does for the local half. */
export type NetworkHalf = NetworkEngine & Care;

/** When to sync, and syncing. */
export interface NetworkEngine {
  /** Begins to sync the session that is open now; again after every change of session. */
  opened(session: Session): void;
  start(): void;
  edited(): void;
  sync(): Promise<SyncResult>;
  syncNow(): Promise<SyncResult>;
  /** As `syncNow`, and logs the steps readably. */
  forceSync(): Promise<SyncResult>;
  stop(): void;
  resume(): void;
  told(message: TabMessage): void;
  /** Gives up the requests that are under way; their answers, if any, come again as duplicates. */
  cancel(): void;
  /** Resolves when no sync is under way. */
  idle(): Promise<void>;
  close(): void;
  readonly running: boolean;
  /** ms until the next automatic sync, or null. */
  readonly nextInMs: number | null;
}

/** What a person can do about failures, conflicts and records of the past. */
export type Care = {
  discardAll(session: Session): Promise<void>;
  /** What an erase holds back may be sent. */
  sendAfterErase(session: Session): Promise<void>;
  export(session: Session, stats: LocalStats, values: boolean): DebugExport;
  getFailedChanges(session: Session): FailedChange[];
} & CareMembers;

/** The same members as the client's, with the open session before their own parameters. */
export type CareMembers = {
  [Name in CareName]: (
    session: Session,
    ...args: Parameters<SyncClient[Name]>
  ) => ReturnType<SyncClient[Name]>;
};

/** Said wherever a part that is loaded later cannot be had. */
export const notFetched = "A part of the sync code could not be fetched. Try again when online.";

/** Members of the client that are the network half's alone. */
export const careNames = [
  "retry",
  "discard",
  "resolve",
  "undo",
  "history",
  "getStatus",
  "migrate",
  "migrateFromLocalStorage",
] as const;
/** One of {@linkcode careNames}. */
export type CareName = (typeof careNames)[number];
