import { assertEquals } from "@std/assert";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { fetchJwks } from "../../../api/adapters/fetch_jwks.ts";
import { jwtAuthenticator } from "../../../api/adapters/jwt_authenticator.ts";
import { jwksKeys } from "../../../api/adapters/jwt_keys.ts";
import { testSecret } from "./test_tokens.ts";
import { virtualClock } from "./virtual_clock.ts";

async function newKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  return { kid, privateKey, jwk: { ...await exportJWK(publicKey), kid, alg: "ES256" } };
}

/** An identity provider whose key set and health a test decides. */
async function provider() {
  const clock = virtualClock();
  const first = await newKey("first");
  const state = { fetches: 0, down: false, keys: [first.jwk] as Record<string, unknown>[] };
  const authenticator = jwtAuthenticator({
    clock,
    keys: jwksKeys({
      clock,
      fetchJwks() {
        state.fetches += 1;
        return state.down ? Promise.reject(new Error("down")) : Promise.resolve({ keys: state.keys });
      },
    }),
  });
  async function check(key: { kid: string; privateKey: CryptoKey }): Promise<string> {
    const seconds = Math.floor(clock.nowMs() / 1000);
    const token = await new SignJWT({ sub: "ada", iat: seconds, exp: seconds + 3600 })
      .setProtectedHeader({ alg: "ES256", kid: key.kid }).sign(key.privateKey);
    const result = await authenticator.authenticate(token);
    return result.ok ? result.identity.user : result.code;
  }
  return { clock, state, first, check, authenticator };
}

Deno.test("keys are fetched once and used for 10 minutes", async () => {
  const { clock, state, first, check } = await provider();
  assertEquals(await Promise.all([check(first), check(first), check(first)]), ["ada", "ada", "ada"]);
  clock.advance(10 * 60_000 - 1);
  assertEquals(await check(first), "ada");
  assertEquals(state.fetches, 1);
  clock.advance(1);
  assertEquals(await check(first), "ada");
  assertEquals(state.fetches, 2);
});

Deno.test("a provider that is down is survived for 10 minutes, then nobody gets in", async () => {
  const { clock, state, first, check } = await provider();
  await check(first);
  state.down = true;
  clock.advance(9 * 60_000);
  assertEquals(await check(first), "ada");
  clock.advance(60_000);
  assertEquals(await check(first), "unavailable");
  const fetches = state.fetches;
  for (let i = 0; i < 20; i += 1) assertEquals(await check(first), "unavailable");
  assertEquals(state.fetches, fetches, "a dead provider is not hammered");
  state.down = false;
  clock.advance(5_000);
  assertEquals(await check(first), "ada");
});

Deno.test("a provider that never answered leaves the door shut", async () => {
  const { state, first, check } = await provider();
  state.down = true;
  assertEquals(await check(first), "unavailable");
});

Deno.test("a new key is found, but unknown key ids fetch at most once in 30 seconds", async () => {
  const { clock, state, first, check } = await provider();
  await check(first);
  const second = await newKey("second");
  const stranger = await newKey("stranger");
  clock.advance(30_000);
  state.keys = [second.jwk];
  assertEquals(await check(second), "ada");
  assertEquals(state.fetches, 2);
  for (let i = 0; i < 50; i += 1) {
    assertEquals(await check(stranger), "unauthenticated");
    clock.advance(599);
  }
  assertEquals(state.fetches, 2);
  clock.advance(600);
  assertEquals(await check(stranger), "unauthenticated");
  assertEquals(state.fetches, 3);
});

Deno.test("an HS256 token is refused where keys are public, whatever it is signed with", async () => {
  const { clock, authenticator, state } = await provider();
  state.keys = [...state.keys, { kty: "oct", kid: "oct", k: btoa(testSecret) }];
  const token = await new SignJWT({ sub: "ada", exp: Math.floor(clock.nowMs() / 1000) + 60 })
    .setProtectedHeader({ alg: "HS256", kid: "oct" }).sign(new TextEncoder().encode(testSecret));
  assertEquals(await authenticator.authenticate(token), { ok: false, code: "unauthenticated" });
});

Deno.test("a key set is fetched without following redirects and up to 256 KiB", async () => {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/moved") return Response.redirect(new URL("/good", request.url));
    if (pathname === "/big") return new Response(JSON.stringify({ keys: [], padding: "x".repeat(300_000) }));
    if (pathname === "/gone") return new Response("{}", { status: 404 });
    return Response.json({ keys: [] });
  });
  const at = (path: string) =>
    fetchJwks(`http://127.0.0.1:${server.addr.port}${path}`).then(() => "got", () => "refused");
  assertEquals(await at("/good"), "got");
  assertEquals(await at("/moved"), "refused");
  assertEquals(await at("/big"), "refused");
  assertEquals(await at("/gone"), "refused");
  await server.shutdown();
});
