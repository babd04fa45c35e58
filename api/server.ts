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
import { systemClock } from "./adapters/system_clock.ts";
import { systemIds } from "./adapters/system_ids.ts";
import { systemRandom } from "./adapters/system_random.ts";
import { createApp } from "./app.ts";
import type { KvLocation, ServerConfig } from "./config.ts";
import { folderOf } from "./folder_of.ts";
import { createLedger } from "./ledger/ledger.ts";

/** A server that is not listening yet. */
export interface Server {
  config: ServerConfig;
  fetch(request: Request, info?: Partial<Deno.ServeHandlerInfo>): Response | Promise<Response>;
  /** Closes the store; call it when nothing is in flight any more. */
  close(): void;
}

/** Opens the store and puts the parts together. `dist` is the folder of the built client. */
export async function openServer(config: ServerConfig, dist: string): Promise<Server> {
  const clock = systemClock();
  const ids = systemIds();
  const { issuer, audience, tokenKeys, kv: location } = config;
  const claims = {
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  const folder = location.kind === "file" ? folderOf(location.path) : null;
  const secret = await secretOf(config, folder);
  const keys = tokenKeys.kind === "jwks"
    ? jwksKeys({ clock, fetchJwks: () => fetchJwks(tokenKeys.url) })
    : secretKeys(secret ?? "");

  const kv = await openKv(location, folder);
  const app = createApp({
    ledger: createLedger({ store: kvLedgerStore(kv), clock, ids, random: systemRandom() }),
    authenticator: jwtAuthenticator({ keys, clock, ...claims }),
    clock,
    ids,
    config: config.app,
    logger: consoleLogger(clock),
    assets: fileAssets(dist),
    ...(config.demo && secret !== null ? { demo: jwtDemoTokens({ secret, clock, ...claims }) } : {}),
  });
  return { config, fetch: (request, info) => app.fetch(request, info ?? {}), close: () => kv.close() };
}

async function secretOf({ tokenKeys }: ServerConfig, folder: string | null): Promise<string | null> {
  if (tokenKeys.kind === "secret") return tokenKeys.secret;
  if (tokenKeys.kind === "jwks") return null;
  return folder === null ? randomSecret() : await fileDemoSecret(folder);
}

async function openKv(location: KvLocation, folder: string | null): Promise<Deno.Kv> {
  if (folder !== null) await Deno.mkdir(folder, { recursive: true });
  switch (location.kind) {
    case "platform":
      return await Deno.openKv();
    case "memory":
      return await Deno.openKv(":memory:");
    case "remote":
      return await Deno.openKv(location.url);
    case "file":
      return await Deno.openKv(location.path);
  }
}
