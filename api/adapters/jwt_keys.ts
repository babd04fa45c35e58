/**
 * Where the keys that verify tokens come from: configuration alone. Whatever a token's header proposes (`jku`,
 * `x5u`, `jwk`) is never read. The algorithms belong to the keys, so that no token can choose one.
 */
import {
  createLocalJWKSet,
  type CryptoKey,
  errors,
  type JWSHeaderParameters,
  type JWTVerifyGetKey,
} from "jose";
import type { Clock } from "../ports.ts";

/** HS256 needs a key as long as its hash (RFC 7518, 3.2). */
export const jwtSecretBytesMin = 32;

/** Keys and the only algorithms they are for. */
export interface JwtKeys {
  algorithms: string[];
  /** Throws {@linkcode KeysUnavailable} when there is no key set that may be used. */
  keyFor: JWTVerifyGetKey;
}

/** The key set cannot be had: a 503, never an open door. */
export class KeysUnavailable extends Error {
  override name = "KeysUnavailable";
}

/** One shared secret, HS256. Throws `RangeError` for a secret that is too short. */
export function secretKeys(secret: string): JwtKeys {
  const key = new TextEncoder().encode(secret);
  if (key.byteLength < jwtSecretBytesMin) {
    throw new RangeError(
      `Cannot verify tokens: the secret must have at least ${jwtSecretBytesMin} bytes, it has ${key.byteLength}`,
    );
  }
  return { algorithms: ["HS256"], keyFor: () => Promise.resolve(key) };
}

const cachedMsMax = 10 * 60_000;
const unknownKeyRefreshMsMin = 30_000;
const failedRefreshMsMin = 5_000;

/** Options of {@linkcode jwksKeys}. */
export interface JwksOptions {
  clock: Clock;
  /** Gets the key set; rejects when it cannot. */
  fetchJwks(): Promise<unknown>;
}

/**
 * A key set from a fixed address. Used for at most 10 minutes after it was fetched; a key id that is not in it
 * asks for a new one at most every 30 seconds, so that invented ids cannot make this server a weapon.
 */
export function jwksKeys({ clock, fetchJwks }: JwksOptions): JwtKeys {
  let keys: ReturnType<typeof createLocalJWKSet> | null = null;
  let fetchedMs = -Infinity;
  let triedMs = -Infinity;
  let failed = false;
  let refreshing: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    triedMs = clock.nowMs();
    try {
      keys = createLocalJWKSet(await fetchJwks() as Parameters<typeof createLocalJWKSet>[0]);
      fetchedMs = clock.nowMs();
      failed = false;
    } catch {
      failed = true;
    }
  }
  const refreshOnce = () => refreshing ??= refresh().finally(() => refreshing = null);
  // A clock that was set back makes an age negative; then the age says nothing and the set is fetched anew.
  const isFresh = (atMs: number, maxMs: number) => {
    const ageMs = clock.nowMs() - atMs;
    return ageMs >= 0 && ageMs < maxMs;
  };

  async function find(
    header: JWSHeaderParameters,
    token: Parameters<JWTVerifyGetKey>[1],
  ): Promise<CryptoKey> {
    if (keys === null || !isFresh(fetchedMs, cachedMsMax)) throw new KeysUnavailable();
    return await keys(header, token);
  }

  return {
    algorithms: [
      "RS256",
      "RS384",
      "RS512",
      "PS256",
      "PS384",
      "PS512",
      "ES256",
      "ES384",
      "ES512",
      "EdDSA",
      "Ed25519",
    ],
    async keyFor(header, token) {
      if (!isFresh(fetchedMs, cachedMsMax) && !(failed && isFresh(triedMs, failedRefreshMsMin))) {
        await refreshOnce();
      }
      try {
        return await find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        if (!isFresh(triedMs, unknownKeyRefreshMsMin)) await refreshOnce();
        else if (refreshing !== null) await refreshing;
        if (failed) throw new KeysUnavailable();
        return await find(header, token);
      }
    },
  };
}
