/**
 * A device store on IndexedDB, with idb-keyval as the access layer over our own `UseStore`: one object store
 * keyed by arrays, strict durability for writes (a resolved write survives a killed process), an open that
 * gives up after 5 s, and a dead handle that is reopened once (WebKit kills connections of pages in the
 * background). Nothing but requests of the transaction itself is awaited while it is open.
 */
import { delMany, getMany, setMany, type UseStore } from "idb-keyval";
import {
  type Clock,
  type DeviceStore,
  type DeviceStoreFactory,
  StorageFault,
  type StoreKey,
  type StoreRow,
  type StoreTransaction,
} from "../ports.ts";

const objectStoreName = "rows";
/** An open that takes longer than this hangs, as browsers sometimes do after a crash. */
const openTimeoutMs = 5_000;

/** Opens databases of `factory`, by default the page's `indexedDB`. */
export function indexedDbStore(
  clock: Clock,
  factory: IDBFactory | undefined = globalThis.indexedDB,
): DeviceStoreFactory {
  return {
    async open(name) {
      if (!factory) throw new StorageFault("unavailable", "This browser offers no IndexedDB.");
      const connect = () => openDatabase(factory, name, clock);
      // An open that hangs or fails after a crash often goes through the second time.
      return new IndexedDbStore(connect, await connect().catch(connect));
    },
  };
}

class IndexedDbStore implements DeviceStore {
  readonly kind = "indexeddb";
  #connection: Promise<IDBDatabase>;
  #closed = false;

  constructor(private readonly connect: () => Promise<IDBDatabase>, database: IDBDatabase) {
    this.#connection = Promise.resolve(database);
    this.#watch(database);
  }

  async transact<T>(mode: "read" | "write", work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    if (this.#closed) throw new StorageFault("closed", "Cannot use the local database: it was closed.");
    const connection = this.#connection;
    let transaction: IDBTransaction;
    try {
      transaction = begin(await connection, mode);
    } catch {
      // The handle died while nobody looked: once more with a fresh one, before anything was written. Of several
      // that notice, one opens it.
      if (connection === this.#connection) this.#reconnect();
      transaction = begin(await this.#connection, mode);
    }
    return await runTransaction(transaction, work);
  }

  close(): void {
    this.#closed = true;
    this.#connection.then((database) => database.close(), () => {});
  }

  #reconnect(): void {
    this.#connection = this.connect();
    this.#connection.then((database) => this.#watch(database), () => {});
  }

  /** Lets a newer version of the page upgrade, and forgets a handle that the browser has closed. */
  #watch(database: IDBDatabase): void {
    database.onversionchange = () => database.close();
  }
}

function begin(database: IDBDatabase, mode: "read" | "write"): IDBTransaction {
  try {
    return mode === "read"
      ? database.transaction(objectStoreName, "readonly")
      : database.transaction(objectStoreName, "readwrite", { durability: "strict" });
  } catch (error) {
    throw toStorageFault(error);
  }
}

/** Resolves when the transaction is complete, which for strict writes means: on the disk. */
function runTransaction<T>(
  transaction: IDBTransaction,
  work: (tx: StoreTransaction) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let result: T;
    let failure: unknown;
    // Listeners, not handlers: idb-keyval sets the handlers of the transaction for itself.
    transaction.addEventListener("complete", () => failure === undefined ? resolve(result) : reject(failure));
    transaction.addEventListener("abort", () => reject(failure ?? toStorageFault(transaction.error)));
    // Work that throws before its first await must abort the transaction too.
    const run = async () => await work(storeTransaction(transaction.objectStore(objectStoreName)));
    run().then(
      (value) => void (result = value),
      (error) => {
        failure = error instanceof DOMException ? toStorageFault(error) : error;
        try {
          transaction.abort();
        } catch {
          // It has aborted by itself, and said so through onabort.
        }
      },
    );
  });
}

function storeTransaction(store: IDBObjectStore): StoreTransaction {
  /** idb-keyval's functions, all bound to this one transaction. */
  const bound: UseStore = (_mode, callback) => Promise.resolve(callback(store));
  return {
    get: (keys) => keys.length === 0 ? Promise.resolve([]) : getMany(keys as unknown as IDBValidKey[], bound),
    list: (prefix) => list(store, prefix),
    put: (rows) => void setMany(rows as unknown as [IDBValidKey, unknown][], bound).catch(ignoreTwice),
    delete: (keys) => void delMany(keys as unknown as IDBValidKey[], bound).catch(ignoreTwice),
    deletePrefix: (prefix) => void store.delete(prefixRange(prefix)),
  };
}

/** The transaction's own abort reports the fault; idb-keyval's promise would report it a second time. */
function ignoreTwice(): void {}

function list(store: IDBObjectStore, prefix: readonly (string | number)[]): Promise<StoreRow[]> {
  const range = prefixRange(prefix);
  return new Promise((resolve, reject) => {
    const keys = store.getAllKeys(range);
    const values = store.getAll(range);
    keys.onerror = values.onerror = () => reject(keys.error ?? values.error);
    values.onsuccess = () => {
      const found = keys.result as unknown as StoreKey[];
      resolve(found.map((key, i): StoreRow => [key, values.result[i]]));
    };
  });
}

/** Arrays come after numbers and strings in IndexedDB's order, so `[...prefix, []]` bounds the prefix. */
function prefixRange(prefix: readonly (string | number)[]): IDBKeyRange {
  return IDBKeyRange.bound([...prefix], [...prefix, []]);
}

function openDatabase(factory: IDBFactory, name: string, clock: Clock): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    let late = false;
    const cancelTimer = clock.setTimer(openTimeoutMs, () => {
      late = true;
      reject(
        new StorageFault("unavailable", "The browser did not open the local database in 5 seconds."),
      );
    });
    const refuse = (error: unknown) => {
      cancelTimer();
      reject(toStorageFault(error));
    };
    try {
      const request = factory.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(objectStoreName);
      request.onerror = () => refuse(request.error);
      request.onsuccess = () => {
        cancelTimer();
        if (late) request.result.close();
        else resolve(request.result);
      };
    } catch (error) {
      refuse(error);
    }
  });
}

function toStorageFault(error: unknown): StorageFault {
  const name = (error as Error | null)?.name;
  return name === "QuotaExceededError"
    ? new StorageFault(
      "quota",
      "The browser has no room left for this site. Free some space, then try again.",
      {
        cause: error,
      },
    )
    : new StorageFault("unavailable", `The browser's local database failed (${name ?? "unknown error"}).`, {
      cause: error,
    });
}
