/**
 * Everything the client needs from the world, as interfaces. Adapters carry the technology in their name
 * (`adapters/indexed_db_store.ts`); tests and the simulation bring their own. Nothing else in `client/` may
 * touch a clock, randomness, the network, storage or `window`.
 */

/** A key of the device store: the kind of row first. Compared like IndexedDB array keys. */
export type StoreKey = readonly [kind: string, ...parts: (string | number)[]];

/** A row of the device store; values are structured-cloneable. */
export type StoreRow = readonly [key: StoreKey, value: unknown];

/** One open transaction. Only its own methods may be awaited while it is open. */
export interface StoreTransaction {
  /** The values under `keys`, `undefined` where there is none. */
  get(keys: readonly StoreKey[]): Promise<unknown[]>;
  /** All rows whose key begins with `prefix`, in key order; the empty prefix lists the whole store. */
  list(prefix: readonly (string | number)[]): Promise<StoreRow[]>;
  /** Puts rows; visible to later reads of this transaction. */
  put(rows: readonly StoreRow[]): void;
  /** Deletes rows. */
  delete(keys: readonly StoreKey[]): void;
  /** Deletes all rows whose key begins with `prefix`; the empty prefix empties the store. */
  deletePrefix(prefix: readonly (string | number)[]): void;
}

/** Why the device store could not do its work. */
export type StorageFaultCode = "quota" | "unavailable" | "closed";

/** A storage fault with a code; the native error is its `cause`. */
export class StorageFault extends Error {
  constructor(readonly code: StorageFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StorageFault";
  }
}

/** Whether `error` is a storage fault; by name, since each bundle has its own copy of the class. */
export function isStorageFault(error: unknown): error is StorageFault {
  return error instanceof Error && error.name === "StorageFault";
}

/** One open database of this device. Write transactions are serialised across tabs and all-or-nothing. */
export interface DeviceStore {
  /** What keeps the rows: `memory` loses them with the page and must be said loudly. */
  readonly kind: "indexeddb" | "memory";
  /**
   * Runs `work` in one transaction and resolves once it is durable (`write`: fsynced). If `work` throws, or
   * the store fails, nothing is written and the promise rejects, with a {@linkcode StorageFault} if the
   * store is at fault.
   */
  transact<T>(mode: "read" | "write", work: (tx: StoreTransaction) => Promise<T>): Promise<T>;
  /** Closes the database; later calls reject with code `closed`. */
  close(): void;
}

/** Opens databases by name. */
export interface DeviceStoreFactory {
  /** Resolves with an open store; rejects with a {@linkcode StorageFault}. */
  open(name: string): Promise<DeviceStore>;
}

/** Time. Monotonic time drives every schedule; wall time is only ever shown to people. */
export interface Clock {
  /** ms since 1970. */
  wallMs(): number;
  /** ms since an arbitrary point; never goes back. */
  monotonicMs(): number;
  /** Calls `fire` once after `delayMs`; returns its canceller. */
  setTimer(delayMs: number, fire: () => void): () => void;
}

/** Randomness for jitter, 0 ≤ n < 1. */
export interface Random {
  next(): number;
}

/** Makes ids. */
export interface Ids {
  /** A new UUID. */
  uuid(): string;
}

/** One HTTP request to the sync server. */
export interface TransportRequest {
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  /** JSON text, or its gzip bytes if `Content-Encoding` says so. */
  body?: string | Uint8Array<ArrayBuffer>;
  /** The page may go away meanwhile: let the request finish all the same, where the host can. */
  keepalive?: true;
  signal: AbortSignal;
}

/** What came back. */
export interface TransportResponse {
  status: number;
  /** Value of a response header, or null. */
  header(name: string): string | null;
  /** The body as text; rejects if it was cut short. */
  text(): Promise<string>;
}

/** The network. Rejects when there was no HTTP answer. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
}

/** Mutual exclusion between the tabs of one origin. An optimisation: correctness never depends on it. */
export interface TabLock {
  /**
   * Runs `work` while holding the lock `name`. Waits up to `waitMsMax` for another tab, then takes the lock
   * from it (a frozen tab must not stop the others), unless `givenUp`: then nobody needs the lock any more, and
   * `work`, whenever it is called, does nothing.
   */
  run<T>(name: string, waitMsMax: number, work: () => Promise<T>, givenUp?: AbortSignal): Promise<T>;
}

/** Messages between the tabs of one origin. */
export interface TabChannel {
  post(message: unknown): void;
  close(): void;
}

/** Opens a channel by name; without BroadcastChannel an adapter's messages reach nobody. */
export interface TabChannelFactory {
  open(name: string, receive: (message: unknown) => void): TabChannel;
}

/** What the page tells about itself. */
export type PageSignal = "focus" | "visible" | "hidden" | "online" | "offline" | "resume" | "pagehide";

/** The page's lifecycle. */
export interface PageSignals {
  /** Whether somebody can see the page. */
  visible(): boolean;
  /** What the browser believes about the network; a hint only. */
  online(): boolean;
  /** Reports signals until the returned function is called. */
  listen(receive: (signal: PageSignal) => void): () => void;
}

/** A few words kept beside the local database, so that its loss can be noticed. */
export interface DeviceMarks {
  /** The value under `key`, or null. */
  get(key: string): string | null;
  /** Keeps `value`; null forgets it. A place that keeps nothing is no error. */
  set(key: string, value: string | null): void;
}

/** What a page tells the site's service worker, so that it may drain the queue in the page's stead. */
export interface WorkerHandover {
  endpoint: string;
  /** Prefix of the local database. */
  name: string;
  userId: string;
  /** The page's token; it stays in memory here as there. */
  token: string;
}

/** Background Sync through the site's service worker, where both exist. Nothing depends on it. */
export interface BackgroundSync {
  /** Asks the browser to wake the service worker when the network is back. */
  request(): void;
  /** Answers a service worker that asks for a token; null leaves the queue alone. Returns the way to stop. */
  answer(handOver: () => Promise<WorkerHandover | null>): () => void;
}

/** All ports; the browser's adapters stand in for those that are not given. */
export interface ClientPorts {
  store: DeviceStoreFactory;
  transport: Transport;
  clock: Clock;
  random: Random;
  ids: Ids;
  lock: TabLock;
  channel: TabChannelFactory;
  signals: PageSignals;
  marks: DeviceMarks;
  background: BackgroundSync;
}
