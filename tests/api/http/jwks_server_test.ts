/** Tokens by a key set on a real server of its own: rotation, outage, storms, forgeries. Only time is virtual. */
import { assert, assertEquals } from "@std/assert";
import { base64url, exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { fetchJwks } from "../../../api/adapters/fetch_jwks.ts";
import { jwtAuthenticator } from "../../../api/adapters/jwt_authenticator.ts";
import { jwksKeys } from "../../../api/adapters/jwt_keys.ts";
import { createApp, memoryLedger } from "../../../api/mod.ts";
import { problemOf } from "./http_world.ts";
import { virtualClock } from "./virtual_clock.ts";

type Key = Awaited<ReturnType<typeof newKey>>;
async function newKey(kid: string, alg: "ES256" | "RS256" = "ES256") {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...await exportJWK(publicKey), kid, alg, use: "sig" } };
}

/** A sync server whose tokens are signed by a provider that the test rules over. */
async function withProvider(
  test: (world: World) => Promise<void>,
): Promise<void> {
  const made = await newWorld();
  try {
    await test(made);
  } finally {
    await made.provider.shutdown();
  }
}

type World = Awaited<ReturnType<typeof newWorld>>;
async function newWorld() {
  const clock = virtualClock();
  const first = await newKey("first", "RS256");
  const state = { fetches: 0, keys: [first.jwk] as unknown[], answer: null as null | (() => Response) };
  const provider = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    state.fetches += 1;
    return state.answer?.() ?? Response.json({ keys: state.keys });
  });
  const url = `http://127.0.0.1:${provider.addr.port}/jwks.json`;
  const app = createApp({
    ledger: memoryLedger({ clock }),
    authenticator: jwtAuthenticator({ clock, keys: jwksKeys({ clock, fetchJwks: () => fetchJwks(url) }) }),
    clock,
    config: { rateLimitPerMinute: 1e9, rateLimitPerAddressPerMinute: 1e9 },
  });
  const claims = () => {
    const seconds = Math.floor(clock.nowMs() / 1000);
    return { sub: "ada", iat: seconds, exp: seconds + 3600 };
  };
  const sign = (key: Key, header: Partial<JWTHeaderParameters> = {}) =>
    new SignJWT(claims()).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
  const ask = async (token: string) =>
    await app.request("/api/sync/v2/status", { headers: { Authorization: `Bearer ${token}` } });
  const statusOf = async (token: string) => {
    const answer = await ask(token);
    await answer.body?.cancel();
    return answer.status;
  };
  return { clock, state, first, provider, url, claims, sign, ask, statusOf };
}

Deno.test("a new key of the provider signs people in without a restart", () =>
  withProvider(async ({ clock, state, first, sign, statusOf }) => {
    assertEquals(await statusOf(await sign(first)), 200);
    const second = await newKey("second");
    state.keys = [first.jwk, second.jwk];
    clock.advance(30_000);
    assertEquals(await statusOf(await sign(second)), 200);
    assertEquals(await statusOf(await sign(first)), 200);
    assertEquals(state.fetches, 2);
  }));

Deno.test("a key that the provider has removed is refused after ten minutes at most", () =>
  withProvider(async ({ clock, state, first, sign, statusOf }) => {
    assertEquals(await statusOf(await sign(first)), 200);
    state.keys = [(await newKey("second")).jwk];
    clock.advance(10 * 60_000 - 1);
    assertEquals(await statusOf(await sign(first)), 200, "the cached set is still in use");
    clock.advance(1);
    assertEquals(await statusOf(await sign(first)), 401);
  }));

Deno.test("an outage is survived on cached keys for ten minutes, is 503 then, and ends by itself", () =>
  withProvider(async ({ clock, state, first, sign, ask, statusOf }) => {
    assertEquals(await statusOf(await sign(first)), 200);
    state.answer = () => new Response("<h1>Bad gateway</h1>", { status: 502 });
    clock.advance(10 * 60_000 - 1);
    assertEquals(await statusOf(await sign(first)), 200);
    clock.advance(1);
    const shut = await ask(await sign(first));
    assert(Number(shut.headers.get("Retry-After")) >= 1);
    assertEquals(await problemOf(shut), [503, "busy"]);
    const fetches = state.fetches;
    for (let i = 0; i < 100; i += 1) assertEquals(await statusOf(await sign(first)), 503);
    assertEquals(state.fetches, fetches, "a provider that is down is left alone for a while");
    state.answer = null;
    clock.advance(5_000);
    assertEquals(await statusOf(await sign(first)), 200);
  }));

Deno.test("whatever the provider's address answers instead of keys, the door stays shut", () =>
  withProvider(async ({ clock, state, first, sign, statusOf, url }) => {
    const answers: (() => Response)[] = [
      () => new Response("<html>Welcome</html>", { headers: { "Content-Type": "text/html" } }),
      () => new Response(""),
      () => new Response("null"),
      () => Response.json([]),
      () => Response.json({ keys: "all" }),
      () => Response.json({ keys: [7] }),
      () => new Response("{}", { status: 404 }),
      () => Response.redirect(`${url}?moved`),
      () => new Response(new Uint8Array([0x7b, 0xff, 0x7d])),
      () => new Response(`{"keys":[],"padding":"${"x".repeat(300_000)}"}`),
    ];
    for (const answer of answers) {
      state.answer = answer;
      clock.advance(5_000);
      assertEquals(await statusOf(await sign(first)), 503, String(answer));
    }
    state.answer = () => Response.json({ keys: [] });
    clock.advance(5_000);
    assertEquals(await statusOf(await sign(first)), 401, "an empty set is a set: nobody is known");
  }));

Deno.test("a storm of invented key ids fetches the set at most once in 30 seconds", () =>
  withProvider(async ({ clock, state, first, sign, statusOf }) => {
    assertEquals(await statusOf(await sign(first)), 200);
    const stranger = await newKey("stranger");
    const minutes = 9;
    for (let tick = 0; tick < minutes * 12; tick += 1) {
      clock.advance(5_000);
      const storm = await Promise.all([1, 2, 3].map((i) => sign(stranger, { kid: `invented ${tick} ${i}` })));
      assertEquals(await Promise.all(storm.map(statusOf)), [401, 401, 401]);
    }
    assertEquals(await statusOf(await sign(first)), 200);
    assert(state.fetches > 2, "the set is asked for anew at all");
    assert(state.fetches <= 1 + minutes * 2, `${state.fetches} fetches in ${minutes} minutes`);
  }));

Deno.test("a token that brings or points to its own key is refused, and nothing is fetched for it", () =>
  withProvider(async ({ state, first, sign, statusOf }) => {
    assertEquals(await statusOf(await sign(first)), 200);
    const mallory = await newKey("first");
    let lured = 0;
    const trap = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
      lured += 1;
      return Response.json({ keys: [mallory.jwk] });
    });
    const there = `http://127.0.0.1:${trap.addr.port}/jwks.json`;
    const headers: Partial<JWTHeaderParameters>[] = [
      { jku: there },
      { x5u: there },
      { jwk: mallory.jwk },
      { jku: there, jwk: mallory.jwk, x5u: there, kid: "mallory" },
      { x5c: [btoa("certificate")], x5t: "x" },
      { kid: there },
      { kid: "../../first" },
    ];
    for (const header of headers) {
      assertEquals(await statusOf(await sign(mallory, header)), 401, JSON.stringify(header));
    }
    assertEquals([lured, state.fetches], [0, 1]);
    await trap.shutdown();
  }));

/** A token with any header and any bytes for a signature. */
function forged(header: Record<string, unknown>, claims: unknown, signature: Uint8Array): [string, string] {
  const input = [header, claims].map((part) => base64url.encode(JSON.stringify(part))).join(".");
  return [input, `${input}.${base64url.encode(signature)}`];
}

Deno.test("the public key is no secret: HS256 with any spelling of it is refused", () =>
  withProvider(async ({ first, claims, sign, statusOf }) => {
    assertEquals(await statusOf(await sign(first)), 200);
    const pem = await exportSPKI(first.publicKey);
    const encoder = new TextEncoder();
    const spellings = [
      encoder.encode(pem),
      encoder.encode(pem.trim()),
      encoder.encode(JSON.stringify(first.jwk)),
      encoder.encode(first.jwk.n ?? ""),
      base64url.decode(first.jwk.n ?? ""),
      new Uint8Array(await crypto.subtle.exportKey("spki", first.publicKey)),
    ];
    for (const alg of ["HS256", "HS384", "HS512"]) {
      for (const secret of spellings) {
        const hash = alg.replace("HS", "SHA-");
        const key = await crypto.subtle.importKey(
          "raw",
          secret as Uint8Array<ArrayBuffer>,
          { name: "HMAC", hash },
          false,
          ["sign"],
        );
        const [input] = forged({ alg, kid: "first" }, claims(), new Uint8Array());
        const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(input)));
        assertEquals(await statusOf(`${input}.${base64url.encode(mac)}`), 401, alg);
      }
    }
  }));

Deno.test("no algorithm, another algorithm than the key's, and a changed payload are refused", () =>
  withProvider(async ({ first, claims, sign, statusOf }) => {
    const good = await sign(first);
    const [header = "", , signature = ""] = good.split(".");
    const eve = base64url.encode(JSON.stringify({ ...claims(), sub: "eve" }));
    const bytes = base64url.decode(signature);
    const other = await newKey("first", "ES256");
    const tokens = [
      forged({ alg: "none", kid: "first" }, claims(), new Uint8Array())[1],
      forged({ alg: "NONE", kid: "first" }, claims(), bytes)[1],
      forged({ kid: "first" }, claims(), bytes)[1],
      forged({ alg: ["RS256"], kid: "first" }, claims(), bytes)[1],
      forged({ alg: "RS512", kid: "first" }, claims(), bytes)[1],
      `${header}.${eve}.${signature}`,
      good.slice(0, good.lastIndexOf(".") + 1),
      await sign(other),
    ];
    for (const token of tokens) assertEquals(await statusOf(token), 401, token);
    assertEquals(await statusOf(good), 200);
  }));

Deno.test("every refused token gets the same 401, so that nothing can be learnt from it", () =>
  withProvider(async ({ first, clock, claims, sign, ask }) => {
    const nowSeconds = Math.floor(clock.nowMs() / 1000);
    const signed = (over: Record<string, unknown>) =>
      new SignJWT({ ...claims(), ...over }).setProtectedHeader({ alg: first.alg, kid: first.kid }).sign(
        first.privateKey,
      );
    const tokens = [
      "x",
      "a.b.c",
      "x".repeat(8 * 1024 + 1),
      await sign(await newKey("stranger")),
      await sign(await newKey("first")),
      forged({ alg: "none" }, claims(), new Uint8Array())[1],
      await signed({ sub: "" }),
      await signed({ sub: "a\u0000b" }),
      await signed({ exp: nowSeconds + 90_000 }),
      await signed({ iat: nowSeconds + 600 }),
      await signed({ nbf: nowSeconds + 600 }),
    ];
    const shapes = await Promise.all(tokens.map(async (token) => {
      const answer = await ask(token);
      const { requestId, ...body } = await answer.json();
      assertEquals(typeof requestId, "string");
      const headers = [...answer.headers].filter(([name]) => name !== "x-request-id").sort();
      return JSON.stringify([answer.status, headers, body]);
    }));
    assertEquals(new Set(shapes).size, 1, shapes.join("\n"));
  }));
