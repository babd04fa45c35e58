/**
 * The composition root that `main.ts` and `serve.ts` share: from settings to a server on Deno KV. Nothing else
 * in `api/` knows which adapters are in use.
 */
import { consoleLogger } from "./adapters/console_logger.ts";
import { fetchJwks } from "./adapters/fetch_jwks.ts";
import { fileAssets } from "./adapters/file_assets.ts";
import { fileDemoSecret, randomSecret } from "./adapters/file_demo_secret.ts";
import { jwtAuthenticator } from "./adapters/jwt_authenticator.ts";
import { jwtDemoTokens } from "./adapters/jwt_demo_tokens.ts";
import { jwksKeys, secretKeys } from "./adapters/jwt_keys.ts";
import { kvLedgerStore } from "./adapters/kv_ledger_store.ts";
import { nodeSha256 } from "./adapters/node_sha256.ts";
import { openKv } from "./adapters/open_kv.ts";
import { systemClock } from "./adapters/system_clock.ts";
import { systemIds } from "./adapters/system_ids.ts";
import { systemRandom } from "./adapters/system_random.ts";
import { type AppOptions, createApp } from "./app.ts";
import type { ServerConfig } from "./config.ts";
import { folderOf } from "./folder_of.ts";
import { createLedger } from "./ledger/ledger.ts";
import { maintainAndLog } from "./maintain_and_log.ts";

/** A server that is not listening yet. */
export interface Server {
  config: ServerConfig;
  fetch(request: Request, info?: Partial<Deno.ServeHandlerInfo>): Response | Promise<Response>;
  /** One bounded run of housekeeping; logs what it did, in counts. Never rejects. */
  maintain(): Promise<void>;
  /** Closes the store; call it when nothing is in flight any more. */
  close(): void;
}

/**
 * Opens the store and puts the parts together. `dist` is the folder of the built client, `site` what a site
 * writes in code and not in the environment.
 */
export async function openServer(
  config: ServerConfig,
  dist: string,
  site: Pick<AppOptions, "entityTypes"> = {},
): Promise<Server> {
  const clock = systemClock();
  const ids = systemIds();
  const { issuer, audience, tokenKeys, kv: location } = config;
  const claims = {
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  const folder = location.kind === "file" ? folderOf(location.path) : null;
  // First: what is wrong with KV_PATH is told as such, and not as a secret that cannot be written beside it.
  const kv = await openKv(location);
  const secret = await secretOf(config, folder);
  const keys = tokenKeys.kind === "jwks"
    ? jwksKeys({ clock, fetchJwks: () => fetchJwks(tokenKeys.url) })
    : secretKeys(secret ?? "");

  const logger = consoleLogger(clock);
  const ledgerDeps = { store: kvLedgerStore(kv), clock, ids, random: systemRandom(), sha256Hex: nodeSha256 };
  const { logRetentionDays } = config;
  const app = createApp({
    ledger: createLedger(ledgerDeps),
    authenticator: jwtAuthenticator({ keys, clock, ...claims }),
    clock,
    ids,
    config: config.app,
    logger,
    assets: fileAssets(dist),
    ...site,
    ...(config.demo && secret !== null ? { demo: jwtDemoTokens({ secret, clock, ...claims }) } : {}),
  });
  return {
    config,
    fetch: (request, info) => app.fetch(request, info ?? {}),
    maintain: () =>
      maintainAndLog(ledgerDeps, logRetentionDays === undefined ? {} : { logRetentionDays }, logger),
    close: () => kv.close(),
  };
}

async function secretOf({ tokenKeys }: ServerConfig, folder: string | null): Promise<string | null> {
  if (tokenKeys.kind === "secret") return tokenKeys.secret;
  if (tokenKeys.kind === "jwks") return null;
  return folder === null ? randomSecret() : await fileDemoSecret(folder);
}
