/**
 * Everything the server needs from the world, as interfaces, and the door between the HTTP half (`app.ts`,
 * `middleware/`, `routes/`) and the ledger half (`ledger/`). Adapters carry the technology in their name;
 * only they and the composition roots touch clock, randomness, network, storage or `Deno`.
 */
import type {
  Conflict,
  HistoryEntry,
  ServerMigration,
  ServerStatus,
  SyncRequest,
  SyncResponse,
} from "../shared/mod.ts";
import type { ValidateData } from "./entity_types.ts";
import type { RolloutFlags } from "./rollout_flags.ts";

/** Wall time; the server's is the only one that is written down, and it decides nothing either. */
export interface Clock {
  /** ms since 1970. */
  nowMs(): number;
  /** Resolves after `delayMs`. */
  sleep(delayMs: number): Promise<void>;
}

/** Makes ids. */
export interface Ids {
  /** A new UUID v7: rises with time. */
  uuid(): string;
}

/** Randomness for jitter, 0 ≤ n < 1. */
export interface Random {
  next(): number;
}

/** Who a valid token speaks for. */
export interface Identity {
  /** The token's `sub`: 1–128 units, well formed, no control characters. */
  user: string;
  /** Space-separated `scope` of the token, as a set. */
  scopes: ReadonlySet<string>;
}

/** Result of checking a bearer token. Codes as in the contract; `unavailable` is 503, never open. */
export type Authentication =
  | { ok: true; identity: Identity }
  | { ok: false; code: "unauthenticated" | "token_expired" | "unavailable" };

/** Turns a bearer token into an identity. Never throws for a bad token. */
export interface Authenticator {
  authenticate(token: string): Promise<Authentication>;
}

/** Expected failures of ledger calls, as values. */
export type LedgerFailure = { ok: false; code: "busy" | "paused"; retryAfterMs: number };

/** A request whose envelope is checked; `changes` is raw, since elements are judged one by one. */
export interface ExchangeRequest extends Omit<SyncRequest, "changes"> {
  changes: readonly unknown[];
}

/** What a site adds to the contract's own rules; stands above the same in the ledger's settings. */
export interface ExchangeRules {
  /** A reason to refuse the data with `invalid_data`, or null. An UPDATED is judged on the merged entity. */
  validateData?: ValidateData;
}

/** A record as a V1 client sent it: whole, in any dialect, not checked in any way. */
export interface V1Record {
  entityType: string;
  record: unknown;
}

/** What a V1 client pushes. */
export interface V1Push {
  /** In the order of the request; any number of them. */
  records: readonly V1Record[];
  /** UUID of the device, lower case. */
  deviceId?: string;
  /** The token of the push, whatever it is. */
  token?: string;
  /** The request's idempotency key, and a digest of all that must be the same under it. */
  idempotency?: { key: string; digest: string };
}

/** What became of one record. */
export interface V1Outcome {
  entityType: string;
  /** Empty for a record without a usable id. */
  entityId: string;
  /** `written` also if an earlier run of the same request wrote it; `refused`: nothing of it could be used. */
  kind: "written" | "unchanged" | "refused";
  /** It changed nothing: it says what stands, or was settled before. */
  duplicate: boolean;
  /** Why not all of it was taken, in a word; null if all was. */
  conflict: string | null;
  /** Version of the entity afterwards; 0 if there is none. */
  version: number;
  /** Whether the entity lives afterwards. */
  live: boolean;
}

/** A V1 push that was settled. */
export interface V1Pushed {
  /** One for each record, in order. */
  outcomes: readonly V1Outcome[];
  /** Names the base that the push was judged by. */
  token: string;
  /** Live entities of the user afterwards. */
  entityCount: number;
}

/** The answer to a V1 push; `replayed`: it is the one that the same idempotency key was given before. */
export type V1PushResult =
  | { ok: true; body: string; replayed: boolean; pushed: V1Pushed | null }
  | { ok: false; code: "key_reused" }
  | LedgerFailure;

/**
 * The full state that a V1 client pulls: the live records, newest `updatedAt` first, each as its JSON text. All of
 * them are held at once, and parsed they may weigh fifteen times as much.
 */
export type V1PullResult =
  | { ok: true; records: Record<V1PulledType, string[]>; token: string }
  | { ok: false; code: "too_large"; bytesMax: number }
  | LedgerFailure;

/** The types that V1 pulls. */
export type V1PulledType = "logbook_entry" | "goal";

/** Where a V1 client stands. */
export interface V1Status {
  /** ISO 8601 of the newest contact of any device, or null. */
  lastSync: string | null;
  /** Names the newest pull that this device has shown to have got by pushing with its token; else null. */
  token: string | null;
  deviceCount: number;
  entityCount: number;
}

/** The older full-state protocol as a view of the same history. */
export interface V1Ledger {
  pull(user: string, deviceId: string | undefined, rules?: ExchangeRules): Promise<V1PullResult>;
  /** `describe` writes the body of the answer, which is kept under the idempotency key. */
  push(
    user: string,
    push: V1Push,
    describe: (pushed: V1Pushed) => string,
    rules?: ExchangeRules,
  ): Promise<V1PushResult>;
  status(user: string, deviceId: string | undefined): Promise<V1Status>;
}

/** A page of an audit route; `nextBefore` is null at the end. */
export interface AuditPage<T> {
  rows: T[];
  nextBefore: number | null;
}

/** Which part of the audit trail is wanted; versions below `before` (default: from the head), newest first. */
export interface AuditQuery {
  entityType?: string;
  entityId?: string;
  before?: number;
  /** 1–1000. */
  limit: number;
}

/** A line of `GET /api/sync/v2/export`. */
export type ExportLine =
  | { kind: "head"; latestServerVersion: number; epoch: string }
  | { kind: "entity"; entityType: string; entityId: string; version: number; data: Record<string, unknown> }
  | ({ kind: "change" } & HistoryEntry);

/**
 * One user's history and state. Every method keeps to the keys of `user`. Failures that a client can meet
 * are values; a thrown error is a bug or a broken store (500).
 */
export interface Ledger {
  /** Settles the pushed changes, by the site's `rules` too, and answers the pull. */
  exchange(
    user: string,
    request: ExchangeRequest,
    rules?: ExchangeRules,
  ): Promise<{ ok: true; response: SyncResponse } | LedgerFailure>;
  status(user: string): Promise<ServerStatus>;
  history(user: string, query: AuditQuery): Promise<AuditPage<HistoryEntry>>;
  /** The user's conflicts, newest first, as `exchange` told them. */
  conflicts(user: string, query: AuditQuery): Promise<AuditPage<Conflict>>;
  export(user: string): AsyncIterable<ExportLine>;
  /** The same history as V1 clients see it. */
  v1: V1Ledger;
  /** Everything of the user is gone in one commit; old keys are swept afterwards. */
  erase(user: string): Promise<{ ok: true } | LedgerFailure>;
  /**
   * Turns rows of the older system into changes, within the budget of one call; `remaining` above 0: call again.
   * Safe at any time: rows that are in the ledger already are known by their changeIds.
   */
  migrate(
    user: string,
    rules?: ExchangeRules,
  ): Promise<{ ok: true; report: ServerMigration } | LedgerFailure>;
  /**
   * Sees to it that the user's rows of the older system are in the ledger, before anything else of the user is
   * read or written; `busy` while rows remain after one call's budget. One read of the store when there are
   * none. Not stopped by the kill switch: V1 routes, which stay open, need it too. `exchange` does it itself.
   */
  ensureMigrated(user: string, rules?: ExchangeRules): Promise<{ ok: true } | LedgerFailure>;
  /** The switches of the store that all users' ledgers are in. */
  flags: RolloutFlags;
  /** Resolves if the store answers, rejects otherwise. */
  ready(): Promise<void>;
}
