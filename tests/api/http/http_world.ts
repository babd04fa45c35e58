/** The whole app in-process under a virtual clock, with real tokens. */
import { jwtAuthenticator } from "../../../api/adapters/jwt_authenticator.ts";
import { jwtDemoTokens } from "../../../api/adapters/jwt_demo_tokens.ts";
import { secretKeys } from "../../../api/adapters/jwt_keys.ts";
import { createApp } from "../../../api/app.ts";
import type { AppConfig } from "../../../api/app_config.ts";
import type { EntityTypes } from "../../../api/entity_types.ts";
import type { Assets, DemoTokens, LogLine } from "../../../api/http_ports.ts";
import type { Authenticator, Ledger } from "../../../api/ports.ts";
import { memoryLedger } from "../../../api/mod.ts";
import { signToken, type TestClaims, testSecret } from "./test_tokens.ts";
import { virtualClock } from "./virtual_clock.ts";

/** Options of {@linkcode httpWorld}. */
export interface HttpWorldOptions {
  config?: Partial<AppConfig>;
  /** Replaces methods of the real ledger on the memory store. */
  ledger?: Partial<Ledger>;
  assets?: Assets;
  entityTypes?: EntityTypes;
  demo?: boolean;
  /** In place of real demo tokens. */
  demoTokens?: DemoTokens;
  /** In place of the one that checks the real tokens. */
  authenticator?: Authenticator;
}

export function httpWorld(options: HttpWorldOptions = {}) {
  const clock = virtualClock();
  const log: LogLine[] = [];
  const real = memoryLedger({ clock });
  const app = createApp({
    ledger: { ...real, ...options.ledger },
    authenticator: options.authenticator ?? jwtAuthenticator({ keys: secretKeys(testSecret), clock }),
    clock,
    logger: { log: (line) => void log.push(line) },
    ...(options.config === undefined ? {} : { config: options.config }),
    ...(options.assets === undefined ? {} : { assets: options.assets }),
    ...(options.entityTypes === undefined ? {} : { entityTypes: options.entityTypes }),
    ...(options.demoTokens === undefined ? {} : { demo: options.demoTokens }),
    ...(options.demo === true ? { demo: jwtDemoTokens({ secret: testSecret, clock }) } : {}),
  });

  const token = (claims: TestClaims = {}, secret = testSecret) => signToken(clock.nowMs(), claims, secret);
  const authorized = async (claims: TestClaims = {}) => ({ Authorization: `Bearer ${await token(claims)}` });
  return {
    app,
    clock,
    log,
    token,
    authorized,
    /** A request with a token of user `ada`. */
    async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
      return await app.request(path, { headers: { ...await authorized(), ...headers } });
    },
    /** `POST /api/sync/v2`; a body that is not bytes or text is sent as JSON. */
    async sync(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
      const raw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
      return await app.request("/api/sync/v2", {
        method: "POST",
        headers: { ...await authorized(), "Content-Type": "application/json", ...headers },
        body: raw ? body as BodyInit : JSON.stringify(body),
      });
    },
  };
}

/** A change that is valid, with `over` on top. */
export function testChange(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    changeId: crypto.randomUUID(),
    type: "CREATED",
    entityType: "goal",
    entityId: crypto.randomUUID(),
    data: { title: "Scales" },
    timestamp: 1,
    ...over,
  };
}

/** An empty exchange with `over` on top. */
export function testRequest(over: Record<string, unknown> = {}): Record<string, unknown> {
  return { lastKnownServerVersion: 0, changes: [], ...over };
}

/** Status and code of a problem, after checking that it is one, whole. */
export async function problemOf(response: Response): Promise<[number, string]> {
  const body = await response.json();
  const isProblem = response.headers.get("Content-Type") === "application/problem+json" &&
    body.status === response.status && body.requestId === response.headers.get("X-Request-Id") &&
    typeof body.detail === "string" && typeof body.title === "string" && typeof body.type === "string";
  if (!isProblem) throw new Error(`Not a problem: ${response.status} ${JSON.stringify(body)}`);
  return [response.status, body.code];
}
