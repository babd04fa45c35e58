/**
 * One client per (endpoint, name) and page, whatever becomes of the elements: two elements, a re-inserted
 * one, or two copies of the bundle meet in one map on `globalThis`. A client lives as long as its page.
 *
 * The newest element is asked for a token first. The last source stays when its element goes, because the
 * client goes on syncing.
 */
import type { SyncClient, SyncClientOptions } from "../sync_client_api.ts";

/** Gives a JWT, or null while signed out. */
export type TokenSource = SyncClientOptions["getToken"];

/** A client and who can be asked for its token. Its shape is shared between versions: only ever add to it. */
export interface SharedClient {
  readonly client: SyncClient;
  readonly tokenSources: Set<TokenSource>;
}

const key = Symbol.for("tenuto.clients");

/** The page's client for this endpoint and name, made by `create` if there is none. */
export function sharedClient(
  endpoint: string,
  name: string | undefined,
  create: (options: SyncClientOptions) => SyncClient,
): SharedClient {
  const clients = (globalThis as { [key]?: Map<string, SharedClient> })[key] ??= new Map();
  const id = JSON.stringify([endpoint, name]);
  let shared = clients.get(id);
  if (!shared) {
    const tokenSources = new Set<TokenSource>();
    const client = create({
      endpoint,
      ...(name && { name }),
      async getToken() {
        for (const source of [...tokenSources].reverse()) {
          const token = await source();
          if (token) return token;
        }
        return null;
      },
    });
    clients.set(id, shared = { client, tokenSources });
  }
  return shared;
}

/** Takes a token source away, unless it is the last. */
export function releaseTokenSource(shared: SharedClient, source: TokenSource): void {
  if (shared.tokenSources.size > 1) shared.tokenSources.delete(source);
}
