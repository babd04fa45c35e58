/**
 * The seam between the two halves of the client. The local half (store, queue, view, status) is in the base
 * bundle: a page can keep and show data as soon as it has loaded. The network half (schedule, exchange,
 * applying answers, care for failures and conflicts) is loaded right after the local database is open; it
 * needs the network anyway. Types only.
 */
import type { JsonObject } from "../shared/mod.ts";
import type { ClientPorts } from "./ports.ts";
import type { Session, TabMessage } from "./session.ts";
import type { StatusBoard } from "./status_board.ts";
import type {
  ClientErrorCode,
  DebugExport,
  FailedChange,
  HistoryEntry,
  LocalStats,
  SyncClientEvents,
  SyncClientOptions,
  SyncResult,
} from "./sync_client_api.ts";
import type { EditWriter } from "./edit_writer.ts";
import type { Timeline } from "./timeline.ts";
import type { TokenKeeper } from "./token_keeper.ts";

/** What the local half lends to the network half. */
export interface NetworkContext {
  options: SyncClientOptions;
  ports: Partial<ClientPorts> & Pick<ClientPorts, "clock" | "ids" | "signals">;
  tokens: TokenKeeper;
  timeline: Timeline;
  board: StatusBoard;
  /** The session that is open now. */
  session(): Session | undefined;
  writer(): EditWriter | undefined;
  deviceId(): string;
  /** Another profile has this deviceId too. */
  replaceDeviceId(): Promise<void>;
  authReason(): "signed_out" | "expired";
  schemaVersion(entityType: string): number;
  emit<K extends keyof SyncClientEvents>(type: K, detail: SyncClientEvents[K]): void;
  /** Shows a storage fault and gives the error to reject with; other errors pass. */
  storageFailed(error: unknown): unknown;
  /** The page's own error class, which a copy in another bundle would not be. */
  error(code: ClientErrorCode, message: string): Error;
}

/** What the network half does for the local half. */
export interface NetworkHalf {
  /** Begins to sync the session that is open now; again after every change of session. */
  opened(session: Session): void;
  start(): void;
  edited(): void;
  sync(): Promise<SyncResult>;
  syncNow(): Promise<SyncResult>;
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
