import { assert, assertEquals } from "@std/assert";
import { ConfigError, type Environment, readConfig } from "../../../api/config.ts";

const secret = "0123456789abcdef0123456789abcdef";

function faultsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

Deno.test("nothing set: demo mode on this machine only, a file beside the project", () => {
  assertEquals(readConfig({}), {
    host: "127.0.0.1",
    port: 8000,
    kv: { kind: "file", path: "./data/sync.kv" },
    tokenKeys: { kind: "generated" },
    demo: true,
    app: {
      allowedOrigins: [],
      rateLimitPerMinute: 600,
      rateLimitPerAddressPerMinute: 6_000,
      trustProxy: false,
      syncV2Paused: false,
      syncV2RolloutPercent: 100,
    },
  });
});

Deno.test("everything set is everything read", () => {
  const config = readConfig({
    PORT: "9000",
    HOST: "0.0.0.0",
    KV_PATH: "/srv/sync.kv",
    JWT_SECRET: secret,
    JWT_ISSUER: "https://id.example",
    JWT_AUDIENCE: "sync",
    ALLOWED_ORIGINS: "https://app.example, http://localhost:5173",
    RATE_LIMIT_PER_MINUTE: "60",
    RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "70",
    TRUST_PROXY: "1",
    LOG_RETENTION_DAYS: "90",
    SYNC_V2_ROLLOUT_PERCENT: "0",
    SYNC_V2_PAUSED: "1",
    DEMO: "0",
  });
  assertEquals(config, {
    host: "0.0.0.0",
    port: 9000,
    kv: { kind: "file", path: "/srv/sync.kv" },
    tokenKeys: { kind: "secret", secret },
    issuer: "https://id.example",
    audience: "sync",
    demo: false,
    logRetentionDays: 90,
    app: {
      allowedOrigins: ["https://app.example", "http://localhost:5173"],
      rateLimitPerMinute: 60,
      rateLimitPerAddressPerMinute: 70,
      trustProxy: true,
      syncV2Paused: true,
      syncV2RolloutPercent: 0,
    },
  });
});

Deno.test("empty settings count as not set", () => {
  assertEquals(readConfig({ PORT: "", JWT_SECRET: "", DEMO: "", ALLOWED_ORIGINS: "" }), readConfig({}));
});

Deno.test("a setting of white space alone is a slip, and is named instead of being used", () => {
  const names = ["HOST", "KV_PATH", "JWT_ISSUER", "ALLOWED_ORIGINS", "LOG_RETENTION_DAYS", "DEMO"] as const;
  for (const name of names) {
    const [fault = "", ...more] = faultsOf({ JWT_SECRET: secret, [name]: " \t" });
    assert(fault.startsWith(`${name} must not be white space alone`) && more.length === 0, fault);
  }
  const faults = faultsOf({ JWT_SECRET: " ".repeat(40) });
  assertEquals(faults.length, 1);
  assert(faults[0]?.startsWith("JWT_SECRET"), faults[0]);
});

Deno.test("an address that is none of a store's is refused without being repeated, and is never a file's name", () => {
  for (
    const path of [
      "HTTPS://kv.example/CANARY",
      "file:///srv/CANARY",
      "redis://CANARY@kv.example",
      "https://",
      " https://kv.example/CANARY",
      "/srv/CANARY ",
    ]
  ) {
    const [fault = "", ...more] = faultsOf({ JWT_SECRET: secret, KV_PATH: path });
    assert(fault.startsWith("KV_PATH must be") && !fault.includes("CANARY") && more.length === 0, path);
  }
});

Deno.test("the store is a file, memory, a URL, or the platform's", () => {
  const kv = (environment: Environment) => readConfig({ JWT_SECRET: secret, ...environment }).kv;
  assertEquals(kv({ KV_PATH: ":memory:" }), { kind: "memory" });
  assertEquals(kv({ KV_PATH: "https://kv.example/x" }), { kind: "remote", url: "https://kv.example/x" });
  assertEquals(kv({ DENO_DEPLOYMENT_ID: "abc" }), { kind: "platform" });
  assertEquals(kv({ DENO_DEPLOY: "1", KV_PATH: "x.kv" }), { kind: "file", path: "x.kv" });
});

Deno.test("demo mode: with a secret it must be asked for, and then uses that secret", () => {
  assertEquals(readConfig({ JWT_SECRET: secret }).demo, false);
  const both = readConfig({ JWT_SECRET: secret, DEMO: "1" });
  assertEquals([both.demo, both.tokenKeys.kind], [true, "secret"]);
  assertEquals(readConfig({ JWT_JWKS_URL: "https://id.example/keys" }).demo, false);
});

Deno.test("on Deno Deploy, or with DEMO=0, it refuses to start without a JWT setting", () => {
  for (const environment of [{ DEMO: "0" }, { DENO_DEPLOYMENT_ID: "x" }, { DENO_DEPLOY: "1", DEMO: "1" }]) {
    const [fault = "", ...more] = faultsOf(environment);
    assertEquals(more, []);
    assert(
      fault.includes("JWT_SECRET") && fault.includes("JWT_JWKS_URL") && fault.includes("openssl"),
      fault,
    );
  }
});

Deno.test("a secret under 32 bytes is refused without being repeated", () => {
  const [fault = ""] = faultsOf({ JWT_SECRET: "sssssssss" });
  assert(fault.includes("at least 32 bytes") && fault.includes("it has 9") && !fault.includes("sss"), fault);
  assertEquals(faultsOf({ JWT_SECRET: "é".repeat(16) }), []);
});

Deno.test("JWKS comes over https, or from this machine, and never beside a secret", () => {
  for (
    const url of ["https://id.example/keys", "http://127.0.0.1:9/k", "http://localhost/k", "http://[::1]/k"]
  ) {
    assertEquals(faultsOf({ JWT_JWKS_URL: url }), [], url);
  }
  for (
    const url of [
      "http://id.example/keys",
      "ftp://id.example/",
      "keys",
      "https://a:b@id.example/",
      "http://127.0.0.1.evil/k",
    ]
  ) {
    assertEquals(faultsOf({ JWT_JWKS_URL: url }).length, 1, url);
  }
  assertEquals(faultsOf({ JWT_JWKS_URL: "https://id.example/", JWT_SECRET: secret }).length, 1);
  assertEquals(faultsOf({ JWT_JWKS_URL: "https://id.example/", DEMO: "1" }).length, 1);
});

Deno.test("origins are exact: no wildcard, no null, no path, no slash, no upper case", () => {
  for (
    const origin of [
      "*",
      "null",
      "https://a.example/",
      "https://a.example/x",
      "a.example",
      "HTTPS://A.example",
      "file://",
    ]
  ) {
    const [fault = ""] = faultsOf({ JWT_SECRET: secret, ALLOWED_ORIGINS: origin });
    assert(fault.includes("ALLOWED_ORIGINS"), origin);
  }
});

Deno.test("numbers and switches are exact, and all faults are told at once", () => {
  const faults = faultsOf({
    PORT: "80a",
    RATE_LIMIT_PER_MINUTE: "0",
    RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "1e3",
    SYNC_V2_ROLLOUT_PERCENT: "101",
    LOG_RETENTION_DAYS: "-1",
    TRUST_PROXY: "true",
    SYNC_V2_PAUSED: "yes",
    DEMO: "2",
  });
  assertEquals(faults.length, 8);
  for (const port of ["65536", "-1", " 80", "8000.0"]) assertEquals(faultsOf({ PORT: port }).length, 1, port);
});
