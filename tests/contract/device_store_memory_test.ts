import { memoryStore } from "../../client/adapters/memory_store.ts";
import { testDeviceStore } from "./device_store_contract.ts";

testDeviceStore("memory", () => memoryStore());
