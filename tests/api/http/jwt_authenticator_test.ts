import { assertEquals, assertThrows } from "@std/assert";
import { base64url, exportJWK, generateKeyPair, SignJWT } from "jose";
import { jwtAuthenticator, type JwtAuthenticatorOptions } from "../../../api/adapters/jwt_authenticator.ts";
import { secretKeys } from "../../../api/adapters/jwt_keys.ts";
import { signToken, type TestClaims, testSecret } from "./test_tokens.ts";
import { virtualClock } from "./virtual_clock.ts";

const clock = virtualClock();
const nowSeconds = clock.nowMs() / 1000;

async function check(claims: TestClaims, over: Partial<JwtAuthenticatorOptions> = {}): Promise<string> {
  return await checkToken(await signToken(clock.nowMs(), claims), over);
}

async function checkToken(token: string, over: Partial<JwtAuthenticatorOptions> = {}): Promise<string> {
  const result = await jwtAuthenticator({ keys: secretKeys(testSecret), clock, ...over }).authenticate(token);
  return result.ok ? result.identity.user : result.code;
}

/** Signs any payload text with any header, which no library would. */
async function forge(
  payload: string | Uint8Array<ArrayBuffer>,
  header: Record<string, unknown> = { alg: "HS256" },
) {
  const encode = (part: string | Uint8Array) => base64url.encode(part);
  const input = `${encode(JSON.stringify(header))}.${encode(payload)}`;
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(testSecret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(input));
  return `${input}.${encode(new Uint8Array(mac))}`;
}

Deno.test("a good token names its user and scopes", async () => {
  const token = await signToken(clock.nowMs(), { scope: "sync:admin  other" });
  const result = await jwtAuthenticator({ keys: secretKeys(testSecret), clock }).authenticate(token);
  assertEquals(result, { ok: true, identity: { user: "ada", scopes: new Set(["sync:admin", "other"]) } });
});

Deno.test("a scope that is not a string gives none", async () => {
  const token = await signToken(clock.nowMs(), { scope: ["sync:admin"] });
  const result = await jwtAuthenticator({ keys: secretKeys(testSecret), clock }).authenticate(token);
  assertEquals(result.ok && result.identity.scopes.size, 0);
});

Deno.test("exp is required", async () => {
  assertEquals(await check({ exp: null }), "unauthenticated");
});

Deno.test("a token is good until 60 seconds after exp, then expired", async () => {
  assertEquals(await check({ exp: nowSeconds - 59 }), "ada");
  assertEquals(await check({ exp: nowSeconds - 60 }), "token_expired");
});

Deno.test("an expired token of another key is not called expired", async () => {
  const token = await signToken(
    clock.nowMs(),
    { exp: nowSeconds - 999 },
    "another secret of thirty-two bytes!",
  );
  assertEquals(await checkToken(token), "unauthenticated");
});

Deno.test("a lifetime of 24 hours is allowed, a second more is not", async () => {
  assertEquals(await check({ iat: nowSeconds, exp: nowSeconds + 86_400 }), "ada");
  assertEquals(await check({ iat: nowSeconds, exp: nowSeconds + 86_401 }), "unauthenticated");
  assertEquals(await check({ iat: null, exp: nowSeconds + 86_400 }), "ada");
  assertEquals(await check({ iat: null, exp: nowSeconds + 86_401 }), "unauthenticated");
  assertEquals(await check({ iat: nowSeconds - 86_000, exp: nowSeconds + 3_600 }), "unauthenticated");
});

Deno.test("iat and nbf may be 60 seconds ahead, not more", async () => {
  assertEquals(await check({ iat: nowSeconds + 60 }), "ada");
  assertEquals(await check({ iat: nowSeconds + 61 }), "unauthenticated");
  assertEquals(await check({ nbf: nowSeconds + 60 }), "ada");
  assertEquals(await check({ nbf: nowSeconds + 61 }), "unauthenticated");
});

Deno.test("times that are not numbers, or not finite, are refused", async () => {
  const payloads = [
    `{"sub":"ada","exp":"${nowSeconds + 60}"}`,
    `{"sub":"ada","exp":1e400}`,
    `{"sub":"ada","exp":1e400,"iat":1e400}`,
    `{"sub":"ada","exp":${nowSeconds + 60},"iat":"${nowSeconds}"}`,
    `{"sub":"ada","exp":${nowSeconds + 60},"iat":-1e400}`,
    `{"sub":"ada","exp":null}`,
  ];
  for (const payload of payloads) {
    assertEquals(await checkToken(await forge(payload)), "unauthenticated", payload);
  }
});

Deno.test("sub is a string of 1 to 128 well-formed units without control characters", async () => {
  assertEquals(await check({ sub: "名".repeat(128) }), "名".repeat(128));
  for (
    const sub of [
      null,
      "",
      7,
      ["ada"],
      { a: 1 },
      true,
      "x".repeat(129),
      "a\u0000b",
      "a\u007f",
      "a\u0085",
      "a\nb",
    ]
  ) {
    assertEquals(await check({ sub }), "unauthenticated", JSON.stringify(sub));
  }
  assertEquals(
    await checkToken(await forge(`{"sub":"a\\ud800","exp":${nowSeconds + 60}}`)),
    "unauthenticated",
  );
});

Deno.test("a sub whose bytes are not UTF-8 is nobody: a lenient decoder could make two users one", async () => {
  const text = new TextEncoder().encode(`{"sub":"a?","exp":${nowSeconds + 60}}`);
  text[text.indexOf("?".charCodeAt(0))] = 0xff;
  assertEquals(await checkToken(await forge(text)), "unauthenticated");
});

Deno.test("only the configured algorithm is taken", async () => {
  const payload = `{"sub":"ada","exp":${nowSeconds + 60}}`;
  assertEquals(await checkToken(await forge(payload)), "ada");
  for (const alg of ["none", "None", "HS384", "HS512", "RS256", "", 1, undefined]) {
    assertEquals(await checkToken(await forge(payload, { alg })), "unauthenticated", String(alg));
  }
  const unsigned = `${base64url.encode('{"alg":"none"}')}.${base64url.encode(payload)}.`;
  assertEquals(await checkToken(unsigned), "unauthenticated");
});

Deno.test("keys and addresses in the token's header are not used", async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(publicKey);
  let fetched = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    fetched += 1;
    return Response.json({ keys: [jwk] });
  });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const token = await new SignJWT({ sub: "ada", exp: nowSeconds + 60 })
    .setProtectedHeader({ alg: "ES256", jwk, jku: url, x5u: url }).sign(privateKey);
  assertEquals(await checkToken(token), "unauthenticated");
  const hs = await forge(`{"sub":"ada","exp":${nowSeconds + 60}}`, { alg: "HS256", jku: url, x5u: url, jwk });
  assertEquals(await checkToken(hs), "ada");
  assertEquals(fetched, 0);
  await server.shutdown();
});

Deno.test("unknown critical headers are refused", async () => {
  const payload = `{"sub":"ada","exp":${nowSeconds + 60}}`;
  assertEquals(
    await checkToken(await forge(payload, { alg: "HS256", crit: ["x"], x: 1 })),
    "unauthenticated",
  );
});

Deno.test("issuer and audience are checked when set", async () => {
  const over = { issuer: "https://id.example", audience: "sync" };
  assertEquals(await check({ iss: "https://id.example", aud: "sync" }, over), "ada");
  assertEquals(await check({ iss: "https://id.example", aud: ["other", "sync"] }, over), "ada");
  assertEquals(await check({ iss: "https://id.example", aud: "other" }, over), "unauthenticated");
  assertEquals(await check({ iss: "https://id.example" }, over), "unauthenticated");
  assertEquals(await check({ iss: "https://id.example/", aud: "sync" }, over), "unauthenticated");
  assertEquals(await check({ aud: "sync" }, over), "unauthenticated");
});

Deno.test("a token over 8 KiB is refused before any key is asked for", async () => {
  let asked = 0;
  const keys = { algorithms: ["HS256"], keyFor: () => Promise.resolve(new TextEncoder().encode(testSecret)) };
  const counted = { ...keys, keyFor: () => (asked += 1, keys.keyFor()) };
  const long = await signToken(clock.nowMs(), { padding: "x".repeat(8_192) });
  assertEquals(await checkToken(long, { keys: counted }), "unauthenticated");
  assertEquals(asked, 0);
  const fitting = await signToken(clock.nowMs(), { padding: "x".repeat(5_000) });
  assertEquals(await checkToken(fitting, { keys: counted }), "ada");
  assertEquals(asked, 1);
});

Deno.test("a signature that was tampered with, and what is no token at all, are refused", async () => {
  const token = await signToken(clock.nowMs(), {});
  const [header, , signature] = token.split(".");
  const other = base64url.encode(`{"sub":"eve","exp":${nowSeconds + 60}}`);
  for (const bad of [`${header}.${other}.${signature}`, "", "a", "a.b", "a.b.c", "....", `${token}.x`]) {
    assertEquals(await checkToken(bad), "unauthenticated", bad);
  }
});

Deno.test("a secret of 31 bytes is refused, without repeating it; 32 bytes are enough", () => {
  const error = assertThrows(() => secretKeys("x".repeat(31)), RangeError) as Error;
  assertEquals(error.message.includes("xxx"), false);
  secretKeys("é".repeat(16));
});
