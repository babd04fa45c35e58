/** `/sync-engine.js`: what a page needs of the client. Importing it has no side effect. */
export { createSyncClient } from "./sync_client.ts";
export * from "./configure_sync.ts";
export { memoryStore } from "./adapters/lazy_memory_store.ts";
export * from "./sync_client_api.ts";
export * from "./ports.ts";
