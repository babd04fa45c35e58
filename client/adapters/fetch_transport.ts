/** The network through `fetch`. Redirects are not followed: a token must not wander to another origin. */
import type { Transport } from "../ports.ts";

/** A transport over `send`, by default the host's `fetch`. */
export function fetchTransport(
  send: (url: string, init: RequestInit) => Promise<Response> | Response = (url, init) => fetch(url, init),
): Transport {
  return {
    async send({ url, method, headers, body, keepalive = false, signal }) {
      const response = await send(url, {
        method,
        headers,
        signal,
        keepalive,
        redirect: "manual",
        credentials: "omit",
        cache: "no-store",
        ...(body === undefined ? {} : { body }),
      });
      return {
        status: response.status,
        header: (name) => response.headers.get(name),
        text: () => response.text(),
      };
    },
  };
}
