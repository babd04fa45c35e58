/**
 * One client per (endpoint, name) and page, whatever becomes of the elements: two elements, a re-inserted
 * one, or two copies of the bundle meet in one map on `globalThis`. A client lives as long as its page, or
 * until somebody closes it.
 *
 * The newest element is asked for a token first. The last source stays when its element goes, because the
 * client goes on syncing; it goes for good once another element gives a token: who was signed in before must
 * not speak for who is now.
 */
import type { SyncClient, SyncClientOptions } from "../sync_client_api.ts";

/** Gives a JWT, or null while signed out. */
export type TokenSource = SyncClientOptions["getToken"];

/** A client and who can be asked for its token. Its shape is shared between versions: only ever add to it. */
export interface SharedClient {
  readonly client: SyncClient;
  readonly tokenSources: Set<TokenSource>;
  /** The source whose element went, until another one gives a token. */
  orphan?: TokenSource | undefined;
}

const key = Symbol.for("tenuto.clients");

/** The page's client for this endpoint and name, made by `create` if there is none. */
export function sharedClient(
  endpoint: string,
  name: string | null | undefined,
  create: (options: SyncClientOptions) => SyncClient,
): SharedClient {
  const clients = (globalThis as { [key]?: Map<string, SharedClient> })[key] ??= new Map();
  // The default, whether it is named or not: one database has one client.
  const id = JSON.stringify([endpoint, name === "tenuto" ? null : name || null]);
  let shared = clients.get(id);
  if (!shared) {
    const tokenSources = new Set<TokenSource>();
    const client = create({
      endpoint,
      ...(name && { name }),
      async getToken() {
        const failures: unknown[] = [];
        for (const source of [...tokenSources].reverse()) {
          // Whoever an element that fails would have signed in, it may be somebody else.
          if (failures.length && source === shared!.orphan) continue;
          try {
            const token = await source();
            if (!token) continue;
            const { orphan } = shared!;
            if (orphan && orphan !== source) {
              tokenSources.delete(orphan);
              shared!.orphan = undefined;
            }
            return token;
          } catch (error) {
            failures.push(error);
          }
        }
        if (failures.length) throw failures[0];
        return null;
      },
    });
    clients.set(id, shared = { client, tokenSources });
    const { close } = client;
    client.close = () => {
      clients.delete(id);
      client.close = close;
      return client.close();
    };
  }
  return shared;
}

/** Adds the token source of an element that is on the page. */
export function addTokenSource(shared: SharedClient, source: TokenSource): void {
  if (shared.orphan === source) shared.orphan = undefined;
  shared.tokenSources.add(source);
}

/** Takes a token source away, unless it is the last. */
export function releaseTokenSource(shared: SharedClient, source: TokenSource): void {
  if (shared.tokenSources.size > 1) shared.tokenSources.delete(source);
  else shared.orphan = source;
}
