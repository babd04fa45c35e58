import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { indexedDbStore } from "../../client/adapters/indexed_db_store.ts";
import { systemClock } from "../../client/adapters/system_clock.ts";
import { testDeviceStore } from "./device_store_contract.ts";

// The adapter takes its factory as a parameter; key ranges are a global of the platform.
Object.assign(globalThis, { IDBKeyRange });

testDeviceStore("IndexedDB", () => indexedDbStore(systemClock, new IDBFactory()));
