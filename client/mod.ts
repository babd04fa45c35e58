/**
 * The sync engine without the widget: `/sync-engine.js`. Importing it has no side effect, in browsers and on
 * servers.
 */
export { createSyncClient } from "./sync_client.ts";
export * from "./configure_sync.ts";
export { memoryStore } from "./adapters/lazy_memory_store.ts";
export { fetchTransport } from "./adapters/fetch_transport.ts";
export * from "./sync_client_api.ts";
export * from "./ports.ts";
export type {
  ChangeIntent,
  ChangeType,
  Conflict,
  ConflictReason,
  JsonObject,
  PulledChange,
  RejectionCode,
  Verdict,
  VerdictStatus,
} from "../shared/mod.ts";
