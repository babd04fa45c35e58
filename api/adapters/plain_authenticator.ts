/** For tests of other projects: whoever says a name is that user. Never for a server that others can reach. */
import { isId } from "../../shared/mod.ts";
import type { Authenticator } from "../ports.ts";

/** Takes the bearer token itself for the user's id. */
export function plainAuthenticator(): Authenticator {
  return {
    authenticate: (token) =>
      Promise.resolve(
        isId(token)
          ? { ok: true, identity: { user: token, scopes: new Set() } }
          : { ok: false, code: "unauthenticated" },
      ),
  };
}
