/**
 * The seam between the two halves of the client. The local half (store, queue, view, status) is in the base
 * bundle: a page can keep and show data as soon as it has loaded. The network half (schedule, exchange,
 * applying answers, care for failures and conflicts) is loaded right after the local database is open; it
 * needs the network anyway. Types only.
 */
import type { JsonObject } from "../shared/mod.ts";
import type { Session, TabMessage } from "./session.ts";
import type { DebugExport, FailedChange, HistoryEntry, LocalStats, SyncResult } from "./sync_client_api.ts";

/** What the network half does for the local half. */
export interface NetworkHalf {
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
  /** Resolves when no sync is under way. */
  idle(): Promise<void>;
  close(): void;
  readonly running: boolean;
  /** ms until the next automatic sync, or null. */
  readonly nextInMs: number | null;
  failed(session: Session): FailedChange[];
  retry(session: Session, changeId: string): Promise<void>;
  discard(session: Session, changeId: string): Promise<void>;
  discardAll(session: Session): Promise<void>;
  resolve(session: Session, id: string, choice: "mine" | "theirs" | JsonObject): Promise<void>;
  undo(): Promise<void>;
  export(session: Session, stats: LocalStats, values: boolean): DebugExport;
  history(type: string, id: string): Promise<HistoryEntry[]>;
}
