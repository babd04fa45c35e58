/**
 * A device store in memory: for tests, for servers, and for browsers that keep nothing (said loudly by the
 * client). Same semantics as IndexedDB: write transactions one after the other, all or nothing, values copied
 * in and out, keys in IndexedDB's order.
 */
import {
  type DeviceStore,
  type DeviceStoreFactory,
  StorageFault,
  type StoreKey,
  type StoreRow,
  type StoreTransaction,
} from "../ports.ts";
import { compareKeys, hasPrefix } from "./store_key_order.ts";

/** The rows of one database, by key text. */
type Table = Map<string, { key: StoreKey; value: unknown }>;

/**
 * Databases that live as long as this object: stores opened by the same name share their rows, like the tabs
 * of one browser profile.
 */
export function memoryStore(): DeviceStoreFactory {
  const databases = new Map<string, { table: Table; lane: Promise<unknown> }>();
  return {
    open(name) {
      let database = databases.get(name);
      if (!database) databases.set(name, database = { table: new Map(), lane: Promise.resolve() });
      return Promise.resolve(openStore(database));
    },
  };
}

function openStore(database: { table: Table; lane: Promise<unknown> }): DeviceStore {
  let closed = false;
  return {
    kind: "memory",
    transact(mode, work) {
      if (closed) return Promise.reject(new StorageFault("closed", "Cannot use the store: it was closed."));
      const turn = database.lane.then(async () => {
        const draft: Table = new Map(database.table);
        const result = await work(transaction(draft, mode));
        if (mode === "write") database.table = draft;
        return result;
      });
      database.lane = turn.catch(() => {});
      return turn;
    },
    close() {
      closed = true;
    },
  };
}

function transaction(table: Table, mode: "read" | "write"): StoreTransaction {
  const mustWrite = () => {
    if (mode === "read") throw new Error("Cannot write in a read transaction");
  };
  return {
    get: (keys) => Promise.resolve(keys.map((key) => structuredClone(table.get(JSON.stringify(key))?.value))),
    list(prefix) {
      const rows = [...table.values()].filter(({ key }) => hasPrefix(key, prefix));
      rows.sort((a, b) => compareKeys(a.key, b.key));
      return Promise.resolve(rows.map(({ key, value }): StoreRow => [key, structuredClone(value)]));
    },
    put(rows) {
      mustWrite();
      for (const [key, value] of rows) table.set(JSON.stringify(key), { key, value: structuredClone(value) });
    },
    delete(keys) {
      mustWrite();
      for (const key of keys) table.delete(JSON.stringify(key));
    },
    deletePrefix(prefix) {
      mustWrite();
      for (const [text, { key }] of table) if (hasPrefix(key, prefix)) table.delete(text);
    },
  };
}
