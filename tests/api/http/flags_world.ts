/** The app with requests of an operator, and of any user, about the rollout switches. */
import { httpWorld, type HttpWorldOptions } from "./http_world.ts";
import type { TestClaims } from "./test_tokens.ts";

/** `put`, `read` and `audit` are an operator's, `ask` and `decision` anybody's. */
export function flagsWorld(options: HttpWorldOptions = {}) {
  const world = httpWorld(options);
  async function ask(claims: TestClaims, method: string, path: string, body?: unknown, headers = {}) {
    return await world.app.request(path, {
      method,
      headers: {
        ...await world.authorized(claims),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }
  const operator = { sub: "clara", scope: "sync:admin" };
  return {
    ...world,
    ask,
    put: (body: unknown, headers = {}) => ask(operator, "PUT", "/api/admin/flags", body, headers),
    read: async () => await (await ask(operator, "GET", "/api/admin/flags")).json(),
    audit: async (query = "") => await (await ask(operator, "GET", `/api/admin/flags/audit${query}`)).json(),
    decision: async (sub = "ada") => await (await ask({ sub }, "GET", "/api/flags")).json(),
  };
}
