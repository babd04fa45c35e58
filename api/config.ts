/**
 * The server's settings, from the environment. Pure: takes a record, gives settings or every refusal at once.
 * A refusal names what was required, what there was (never a secret) and what to do.
 */
import { jwtSecretBytesMin } from "./adapters/jwt_keys.ts";
import { type AppConfig, appDefaults } from "./app_config.ts";
import { type KvLocation, readKvLocation } from "./kv_location.ts";

/** Every variable that is read; permissions are derived from this list. */
export const settingNames = [
  "PORT",
  "HOST",
  "KV_PATH",
  "JWT_SECRET",
  "JWT_JWKS_URL",
  "JWT_ISSUER",
  "JWT_AUDIENCE",
  "ALLOWED_ORIGINS",
  "RATE_LIMIT_PER_MINUTE",
  "RATE_LIMIT_PER_ADDRESS_PER_MINUTE",
  "TRUST_PROXY",
  "LOG_RETENTION_DAYS",
  "SYNC_V2_ROLLOUT_PERCENT",
  "SYNC_V2_PAUSED",
  "DEMO",
  "DENO_DEPLOY",
  "DENO_DEPLOYMENT_ID",
] as const;

/** Variables by name; an empty one counts as not set. */
export type Environment = { readonly [name in (typeof settingNames)[number]]?: string | undefined };

/** Who signs tokens. */
export type TokenKeys =
  | { kind: "secret"; secret: string }
  | { kind: "jwks"; url: string }
  | { kind: "generated" };

/** Everything that can be set. */
export interface ServerConfig {
  host: string;
  port: number;
  kv: KvLocation;
  tokenKeys: TokenKeys;
  issuer?: string;
  audience?: string;
  /** Demo mode: anybody may sign in under any demo name. */
  demo: boolean;
  /** Undefined: for ever. */
  logRetentionDays?: number;
  app: AppConfig;
}

/** The environment cannot be used; `faults` are sentences for whoever starts the server. */
export class ConfigError extends Error {
  override name = "ConfigError";

  constructor(readonly faults: readonly string[]) {
    super(`Cannot start with these settings:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
  }
}

/** Reads the settings. Throws {@linkcode ConfigError} with all that is wrong. */
export function readConfig(environment: Environment): ServerConfig {
  const faults: string[] = [];
  const read = (name: keyof Environment) =>
    environment[name] === "" || isBlank(environment[name]) ? undefined : environment[name];
  const refuse = (fault: string) => void faults.push(fault);
  for (const name of settingNames) {
    if (isBlank(environment[name])) {
      refuse(`${name} must not be white space alone: it is. Give it a value, or leave it out.`);
    }
  }

  const integer = (name: keyof Environment, min: number, max: number, unset: number): number => {
    const text = read(name);
    if (text === undefined) return unset;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    refuse(`${name} must be an integer from ${min} to ${max}: it is "${text}".`);
    return unset;
  };
  const flag = (name: keyof Environment): boolean | undefined => {
    const text = read(name);
    if (text === undefined || text === "0" || text === "1") {
      return text === undefined ? undefined : text === "1";
    }
    refuse(`${name} must be 1 or 0, or left out: it is "${text}".`);
    return undefined;
  };

  const onDeploy = read("DENO_DEPLOY") !== undefined || read("DENO_DEPLOYMENT_ID") !== undefined;
  const demoFlag = flag("DEMO");
  const tokenKeys = readTokenKeys(read("JWT_SECRET"), read("JWT_JWKS_URL"), { demoFlag, onDeploy }, refuse);
  const issuer = read("JWT_ISSUER");
  const audience = read("JWT_AUDIENCE");
  const retentionDays = read("LOG_RETENTION_DAYS") === undefined
    ? undefined
    : integer("LOG_RETENTION_DAYS", 1, 36_500, 1);

  const config: ServerConfig = {
    host: read("HOST") ?? "127.0.0.1",
    port: integer("PORT", 0, 65_535, 8000),
    kv: readKvLocation(read("KV_PATH"), onDeploy, refuse),
    tokenKeys,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    demo: demoFlag ?? tokenKeys.kind === "generated",
    ...(retentionDays === undefined ? {} : { logRetentionDays: retentionDays }),
    app: {
      allowedOrigins: readOrigins(read("ALLOWED_ORIGINS"), refuse),
      rateLimitPerMinute: integer("RATE_LIMIT_PER_MINUTE", 1, 1_000_000, appDefaults.rateLimitPerMinute),
      rateLimitPerAddressPerMinute: integer(
        "RATE_LIMIT_PER_ADDRESS_PER_MINUTE",
        1,
        100_000_000,
        appDefaults.rateLimitPerAddressPerMinute,
      ),
      trustProxy: flag("TRUST_PROXY") ?? appDefaults.trustProxy,
      syncV2Paused: flag("SYNC_V2_PAUSED") ?? appDefaults.syncV2Paused,
      syncV2RolloutPercent: integer("SYNC_V2_ROLLOUT_PERCENT", 0, 100, appDefaults.syncV2RolloutPercent),
    },
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function readTokenKeys(
  secret: string | undefined,
  jwksUrl: string | undefined,
  { demoFlag, onDeploy }: { demoFlag: boolean | undefined; onDeploy: boolean },
  refuse: (fault: string) => void,
): TokenKeys {
  if (secret !== undefined && jwksUrl !== undefined) {
    refuse(
      "JWT_SECRET and JWT_JWKS_URL exclude each other: both are set. Keep the one your tokens are signed with.",
    );
  }
  if (secret !== undefined) {
    const bytes = new TextEncoder().encode(secret).byteLength;
    if (bytes < jwtSecretBytesMin) {
      refuse(
        `JWT_SECRET must have at least ${jwtSecretBytesMin} bytes: it has ${bytes}. ` +
          "Make one with: openssl rand -hex 32",
      );
    }
    return { kind: "secret", secret };
  }
  if (jwksUrl !== undefined) {
    if (!isSafeJwksUrl(jwksUrl)) {
      refuse(
        "JWT_JWKS_URL must be an https URL (http only on this machine), without name or password in it.",
      );
    }
    if (demoFlag === true) {
      refuse(
        "DEMO=1 signs its own tokens: that needs a JWT_SECRET, or no JWT setting at all. JWT_JWKS_URL is set.",
      );
    }
    return { kind: "jwks", url: jwksUrl };
  }
  if (onDeploy || demoFlag === false) {
    refuse(
      "JWT_SECRET (HS256, at least 32 bytes) or JWT_JWKS_URL is required " +
        `${onDeploy ? "on Deno Deploy" : "with DEMO=0"}: neither is set. ` +
        "Set the one your tokens are signed with; make a secret with: openssl rand -hex 32",
    );
  }
  return { kind: "generated" };
}

function isSafeJwksUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" ||
    (protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(hostname));
}

function readOrigins(list: string | undefined, refuse: (fault: string) => void): string[] {
  const origins = (list ?? "").split(",").map((origin) => origin.trim()).filter((origin) => origin !== "");
  for (const origin of origins) {
    const exact = URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) &&
      new URL(origin).origin === origin;
    if (!exact) {
      refuse(
        "ALLOWED_ORIGINS must list exact origins like https://app.example, separated by commas, without a path or " +
          `a slash at the end; * and null are never allowed: it has "${origin}".`,
      );
    }
  }
  return origins;
}

function isBlank(text: string | undefined): boolean {
  return text !== undefined && text !== "" && text.trim() === "";
}
