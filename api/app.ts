/**
 * The server as one function from request to answer. Reads top to bottom as a request travels:
 *
 *     request id → log → headers → compression → CORS headers → limit per address → CORS preflight
 *       → (under /api/) token → limit per user → (under /api/admin/) scope → route → ledger
 *
 * Nothing here keeps truth in memory: any number of isolates may serve a user.
 */
import { Hono } from "@hono/hono";
import { systemClock } from "./adapters/system_clock.ts";
import { systemIds } from "./adapters/system_ids.ts";
import { systemTimers } from "./adapters/system_timers.ts";
import { type AppConfig, appDefaults } from "./app_config.ts";
import type { AppEnv } from "./app_env.ts";
import { type EntityTypes, entityTypeValidator } from "./entity_types.ts";
import type { Assets, DemoTokens, Logger, Timers } from "./http_ports.ts";
import { logSchemaFailure } from "./log_schema_failure.ts";
import { accessLog } from "./middleware/access_log.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { clientAddress } from "./middleware/client_address.ts";
import { compress } from "./middleware/compress.ts";
import { corsHeaders, corsPreflight } from "./middleware/cors.ts";
import { fewAtOnce } from "./middleware/few_at_once.ts";
import { answerErrors, answerNotFound, onlyErrors } from "./middleware/problem.ts";
import { rateLimit } from "./middleware/rate_limit.ts";
import { requireScope } from "./middleware/require_scope.ts";
import { requestId } from "./middleware/request_id.ts";
import { securityHeaders } from "./middleware/security_headers.ts";
import { createTokenBuckets } from "./middleware/token_buckets.ts";
import { uploadTimers } from "./middleware/upload_timers.ts";
import type { Authenticator, Clock, Ids, Ledger } from "./ports.ts";
import { flagsAuditRoute, readFlagsRoute, writeFlagsRoute } from "./routes/admin_flags.ts";
import { bundleRoute, chunkRoute, demoFileRoute } from "./routes/assets.ts";
import { conflictsRoute, historyRoute } from "./routes/audit.ts";
import { demoTokenRoute } from "./routes/demo_token.ts";
import { eraseRoute } from "./routes/erase.ts";
import { exportRoute } from "./routes/export.ts";
import { flagsRoute } from "./routes/flags.ts";
import { healthRoute, readyRoute } from "./routes/health.ts";
import { afterMigration, migrateRoute } from "./routes/migrate.ts";
import { openApiRoute } from "./routes/openapi.ts";
import { route } from "./routes/route.ts";
import { statusRoute } from "./routes/status.ts";
import { syncRoute } from "./routes/sync.ts";
import { v1Paths } from "./routes/v1_answer.ts";
import { v1BatchRoute } from "./routes/v1_batch.ts";
import { v1PullRoute } from "./routes/v1_pull.ts";
import { v1PushRoute } from "./routes/v1_push.ts";
import { v1StatusRoute } from "./routes/v1_status.ts";

/** What a server is made of. */
export interface AppOptions {
  ledger: Ledger;
  authenticator: Authenticator;
  /** Default: the system's. */
  clock?: Clock;
  /** Default: UUID v7 from the system's randomness. */
  ids?: Ids;
  /** Default: the system's. They end uploads that stop arriving, and answers that nobody reads. */
  timers?: Timers;
  /** Default: see {@linkcode appDefaults}. */
  config?: Partial<AppConfig>;
  /** Default: logs nothing. */
  logger?: Logger;
  /** The built client; without it the server has only its API. */
  assets?: Assets;
  /** The site's own schemas: data that one of them refuses is `invalid_data`. Default: any data is taken. */
  entityTypes?: EntityTypes;
  /** Turns demo mode on: `POST /demo/token`, and the demo's pages where `assets` has them. */
  demo?: DemoTokens;
}

/** The sync server. Use `app.fetch` with a server, `app.request` in a test. */
export function createApp(options: AppOptions): Hono<AppEnv> {
  const { ledger, authenticator, clock = systemClock(), ids = systemIds(), logger = { log() {} } } = options;
  const config = { ...appDefaults, logSalt: ids.uuid(), ...options.config };
  const rules = options.entityTypes === undefined
    ? {}
    : { validateData: entityTypeValidator(options.entityTypes, logSchemaFailure(logger, clock)) };
  const origins = new Set(config.allowedOrigins);
  const buckets = (perMinute: number) => createTokenBuckets({ perMinute, clock });
  const app = new Hono<AppEnv>();

  app.onError(answerErrors(logger));
  app.notFound(answerNotFound);
  app.use(requestId(ids));
  app.use(accessLog({ logger, clock, salt: config.logSalt }));
  app.use(securityHeaders(config.trustProxy));
  app.use(compress);
  app.use(onlyErrors);
  app.use(uploadTimers(options.timers ?? systemTimers()));

  // Before the limits: whatever probes these must be told the truth also under load.
  route(app, "/healthz", { GET: healthRoute });
  route(app, "/readyz", { GET: readyRoute(ledger, clock) });

  app.use("/api/*", corsHeaders(origins));
  app.use(rateLimit({
    name: "address",
    buckets: buckets(config.rateLimitPerAddressPerMinute),
    keyOf: (c) => clientAddress(c, config.trustProxy),
    announce: false,
  }));
  app.use("/api/*", corsPreflight(origins));
  app.use("/api/*", authenticate(authenticator));
  app.use(
    "/api/*",
    rateLimit({
      name: "user",
      buckets: buckets(config.rateLimitPerMinute),
      keyOf: (c) => c.get("identity").user,
      announce: true,
    }),
  );

  // What a body becomes in memory is a multiple of it; a user's writes follow one another anyway.
  app.use("/api/sync/v2", fewAtOnce(8));
  route(app, "/api/sync/v2", { POST: syncRoute({ ledger, rules, paused: config.syncV2Paused }) });
  route(app, "/api/sync/v2/migrate", { POST: migrateRoute({ ledger, rules, paused: config.syncV2Paused }) });
  // The exchange sees to it itself, with the head that it reads anyway.
  const migrated = afterMigration(ledger, rules);
  // An export may take long, and holds up no other answer.
  app.use("/api/sync/v2/export", fewAtOnce(2));
  const auditTurn = fewAtOnce(2);
  for (const path of ["/api/sync/v2/history", "/api/sync/v2/conflicts"]) app.use(path, auditTurn);
  // A user may have thousands of devices' notes by making ids up.
  const statusTurn = fewAtOnce(2);
  for (const path of ["/api/sync/v2/status", v1Paths.status]) app.use(path, statusTurn);
  route(app, "/api/sync/v2/status", { GET: migrated(statusRoute(ledger)) });
  route(app, "/api/sync/v2/history", { GET: migrated(historyRoute(ledger)) });
  route(app, "/api/sync/v2/conflicts", { GET: migrated(conflictsRoute(ledger)) });
  route(app, "/api/sync/v2/export", { GET: migrated(exportRoute(ledger, logger)) });
  route(app, "/api/sync/v2/data", { DELETE: eraseRoute(ledger) });

  // V1 stays open while v2 is paused: it is the way back. Two at once, so that one slow upload holds up no other.
  const v1Turn = fewAtOnce(2);
  for (const path of [v1Paths.pull, v1Paths.push, v1Paths.batch]) app.use(path, v1Turn);
  route(app, v1Paths.pull, { POST: v1PullRoute(ledger, clock, rules) });
  route(app, v1Paths.push, { POST: v1PushRoute(ledger, rules) });
  route(app, v1Paths.batch, { POST: v1BatchRoute(ledger, rules) });
  route(app, v1Paths.status, { GET: migrated(v1StatusRoute(ledger)) });

  const settings = { rolloutPercent: config.syncV2RolloutPercent, paused: config.syncV2Paused };
  route(app, "/api/flags", { GET: flagsRoute(ledger, settings) });
  app.use("/api/admin/*", requireScope("sync:admin"));
  route(app, "/api/admin/flags", {
    GET: readFlagsRoute(ledger, settings),
    PUT: writeFlagsRoute(ledger, settings),
  });
  route(app, "/api/admin/flags/audit", { GET: flagsAuditRoute(ledger) });

  const files = options.assets === undefined ? [] : bundleFiles;
  route(app, "/openapi.json", { GET: openApiRoute({ bundles: files, demo: options.demo !== undefined }) });
  if (options.demo !== undefined) route(app, "/demo/token", { POST: demoTokenRoute(options.demo) });
  if (options.assets !== undefined) addAssets(app, options.assets, options.demo !== undefined);
  return app;
}

/** Files of the built client at the origin's root. */
export const bundleFiles: readonly string[] = ["sync-status.js", "sync-engine.js", "sync-worker.js"].flatMap((
  file,
) => [file, `${file}.map`]);

function addAssets(app: Hono<AppEnv>, assets: Assets, demo: boolean): void {
  for (const name of bundleFiles) {
    route(app, `/${name}`, { GET: bundleRoute(assets, name) });
  }
  route(app, "/assets/*", { GET: chunkRoute(assets) });
  if (!demo) return;
  route(app, "/", { GET: demoFileRoute(assets, "demo/index.html") });
  route(app, "/gallery", { GET: demoFileRoute(assets, "demo/gallery.html") });
  route(app, "/demo/*", { GET: demoFileRoute(assets) });
}
