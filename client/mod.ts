/**
 * The client without the widget, for `deno test`, Node and other hosts: all of `/sync-engine.js`, and the
 * transport over any function like `fetch`, which pages have built in. Importing it has no side effect.
 */
export * from "./sync_engine_bundle.ts";
export { fetchTransport } from "./adapters/fetch_transport.ts";
export type {
  ChangeIntent,
  ChangeType,
  Conflict,
  ConflictReason,
  HistoryEntry,
  JsonObject,
  PulledChange,
  RejectionCode,
  ServerMigration,
  ServerStatus,
  Verdict,
  VerdictStatus,
} from "../shared/mod.ts";
