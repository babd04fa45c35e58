/** Signs demo tokens with the server's own secret; only demo mode has it. */
import { SignJWT } from "jose";
import type { DemoTokens } from "../http_ports.ts";
import type { Clock } from "../ports.ts";

const lifetimeSeconds = 60 * 60;

/** `issuer` and `audience` as the authenticator asks for them. */
export function jwtDemoTokens(
  { secret, clock, issuer, audience }: { secret: string; clock: Clock; issuer?: string; audience?: string },
): DemoTokens {
  const key = new TextEncoder().encode(secret);
  return {
    async issue(user) {
      const nowSeconds = Math.floor(clock.nowMs() / 1000);
      const expiresSeconds = nowSeconds + lifetimeSeconds;
      const jwt = new SignJWT().setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setSubject(user).setIssuedAt(nowSeconds).setExpirationTime(expiresSeconds);
      if (issuer !== undefined) jwt.setIssuer(issuer);
      if (audience !== undefined) jwt.setAudience(audience);
      return { token: await jwt.sign(key), expiresAt: new Date(expiresSeconds * 1000).toISOString() };
    },
  };
}
