/**
 * The server for other projects: host it, or run all of it inside a `deno test`:
 *
 *     const app = createApp({ ledger: memoryLedger(), authenticator: plainAuthenticator() });
 *     const answer = await app.request("/api/sync/v2/status", { headers: { Authorization: "Bearer ada" } });
 */
import { memoryLedgerStore } from "./adapters/memory_ledger_store.ts";
import { nodeSha256 } from "./adapters/node_sha256.ts";
import { systemClock } from "./adapters/system_clock.ts";
import { systemIds } from "./adapters/system_ids.ts";
import { systemRandom } from "./adapters/system_random.ts";
import type { LedgerConfig } from "./ledger/deps.ts";
import { createLedger } from "./ledger/ledger.ts";
import type { Clock, Ids, Ledger, Random } from "./ports.ts";

export { consoleLogger } from "./adapters/console_logger.ts";
export { fetchJwks } from "./adapters/fetch_jwks.ts";
export { fileAssets } from "./adapters/file_assets.ts";
export { jwtAuthenticator, type JwtAuthenticatorOptions } from "./adapters/jwt_authenticator.ts";
export { jwksKeys, type JwksOptions, type JwtKeys, secretKeys } from "./adapters/jwt_keys.ts";
export { kvLedgerStore } from "./adapters/kv_ledger_store.ts";
export { memoryLedgerStore } from "./adapters/memory_ledger_store.ts";
export { plainAuthenticator, plainToken } from "./adapters/plain_authenticator.ts";
export { type AppOptions, createApp } from "./app.ts";
export { type AppConfig, appDefaults } from "./app_config.ts";
export { ConfigError, type Environment, readConfig, type ServerConfig } from "./config.ts";
export { openServer, type Server } from "./server.ts";
export type { AppEnv } from "./app_env.ts";
export { entityTypeValidator } from "./entity_types.ts";
export type { EntitySchema, EntityTypes, SchemaIssue, SchemaResult, ValidateData } from "./entity_types.ts";
export type { Asset, Assets, DemoTokens, Logger, LogLine } from "./http_ports.ts";
export type { LedgerConfig, LedgerDeps } from "./ledger/deps.ts";
export type { LedgerStore } from "./ledger/ledger_store.ts";
export { createLedger } from "./ledger/ledger.ts";
export type * from "./ports.ts";
export type * from "./rollout_flags.ts";

/** Options of {@linkcode memoryLedger}; what is left out is the system's. */
export interface MemoryLedgerOptions {
  clock?: Clock;
  ids?: Ids;
  random?: Random;
  config?: LedgerConfig;
}

/** A ledger in memory, by the same rules as the one on Deno KV; gone with the process. */
export function memoryLedger(options: MemoryLedgerOptions = {}): Ledger {
  const { clock = systemClock(), ids = systemIds(), random = systemRandom(), config } = options;
  return createLedger({
    store: memoryLedgerStore(),
    sha256Hex: nodeSha256,
    clock,
    ids,
    random,
    ...(config === undefined ? {} : { config }),
  });
}
