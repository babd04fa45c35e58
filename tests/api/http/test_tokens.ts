/** Real tokens for tests. */
import { SignJWT } from "jose";

export const testSecret = "a test secret of more than thirty-two bytes";

/** Claims of a test token; `null` leaves one out. */
export interface TestClaims {
  sub?: unknown;
  exp?: unknown;
  iat?: unknown;
  [claim: string]: unknown;
}

/** Signs HS256 with the usual claims, unless a test says otherwise. */
export async function signToken(nowMs: number, claims: TestClaims, secret = testSecret): Promise<string> {
  const nowSeconds = Math.floor(nowMs / 1000);
  const all = { sub: "ada", iat: nowSeconds, exp: nowSeconds + 3600, ...claims };
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  return await new SignJWT(kept as Record<string, string>).setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
}
