/**
 * JWTs by jose, held to more than jose asks by itself: it takes tokens without `exp`, secrets of one byte and a
 * `sub` of any type. Invariant: an identity comes only from a token that a configured key signed with a
 * configured algorithm, that says when it ends, and whose user may be part of a key in the store.
 */
import { errors, type JWTPayload, jwtVerify } from "jose";
import { isId } from "../../shared/mod.ts";
import type { Authentication, Authenticator, Clock } from "../ports.ts";
import { type JwtKeys, KeysUnavailable } from "./jwt_keys.ts";

const tokenUnitsMax = 8 * 1024;
const skewSeconds = 60;
const lifetimeSecondsMax = 24 * 60 * 60;

/** Options of {@linkcode jwtAuthenticator}. */
export interface JwtAuthenticatorOptions {
  keys: JwtKeys;
  clock: Clock;
  /** `iss` must be this, when set. */
  issuer?: string;
  /** `aud` must have this, when set. */
  audience?: string;
}

/** Checks tokens; all that is wrong with one is the same `unauthenticated`, except that its time is over. */
export function jwtAuthenticator({ keys, clock, issuer, audience }: JwtAuthenticatorOptions): Authenticator {
  return {
    async authenticate(token): Promise<Authentication> {
      if (token.length > tokenUnitsMax) return { ok: false, code: "unauthenticated" };
      const nowMs = clock.nowMs();
      try {
        const { payload } = await jwtVerify(token, keys.keyFor, {
          algorithms: keys.algorithms,
          clockTolerance: skewSeconds,
          currentDate: new Date(nowMs),
          requiredClaims: ["exp", "sub"],
          ...(issuer === undefined ? {} : { issuer }),
          ...(audience === undefined ? {} : { audience }),
        });
        return identityOf(payload, nowMs / 1000) ?? { ok: false, code: "unauthenticated" };
      } catch (error) {
        if (error instanceof KeysUnavailable) return { ok: false, code: "unavailable" };
        // jose looks at the time last of all, so an expired token is one that was good once.
        if (error instanceof errors.JWTExpired) return { ok: false, code: "token_expired" };
        return { ok: false, code: "unauthenticated" };
      }
    },
  };
}

function identityOf({ sub, exp, iat, scope }: JWTPayload, nowSeconds: number): Authentication | null {
  if (!isId(sub) || exp === undefined) return null;
  if (iat !== undefined && iat > nowSeconds + skewSeconds) return null;
  if (!(exp - (iat ?? nowSeconds) <= lifetimeSecondsMax)) return null;
  const scopes = new Set(typeof scope === "string" ? scope.split(" ").filter((part) => part !== "") : []);
  return { ok: true, identity: { user: sub, scopes } };
}
