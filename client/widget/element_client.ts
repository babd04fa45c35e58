/**
 * Which client an element shows: the one that the site gave, else the page's for its endpoint and name; and the
 * token that the element gives the page's client.
 */
import { createSyncClient } from "../sync_client.ts";
import type { SyncClient } from "../sync_client_api.ts";
import {
  addTokenSource,
  releaseTokenSource,
  type SharedClient,
  sharedClient,
  type TokenSource,
} from "./client_registry.ts";
import { requestToken } from "./element_events.ts";

/** The client of one element. */
export interface ElementClient {
  /** The client that is shown, if there is one yet. */
  shown: SyncClient | undefined;
  /** The site's way to a token; without it an event asks. */
  getToken: TokenSource | undefined;
  /** Whether the site has given the client. */
  isGiven(): boolean;
  /** The client that is shown; the page's is made when it is first needed. */
  get(): SyncClient | undefined;
  /** Shows another client, or none until the next `get()`. */
  set(client: SyncClient | undefined): void;
  /** The element is on the page: it is asked for tokens. */
  attached(): void;
  /** It is gone. */
  detached(): void;
}

/** For an element that has no client yet. */
export function createElementClient(
  element: Element & { endpoint: string | null; name: string | null },
): ElementClient {
  let shared: SharedClient | undefined;

  async function token(): Promise<string | null> {
    try {
      return await (self.getToken ? self.getToken() : requestToken(element));
    } catch (error) {
      // To a person this is being offline; to who wrote the page it may be a mistake.
      console.warn("<sync-status> got no token:", error);
      throw error;
    }
  }

  const self: ElementClient = {
    shown: undefined,
    getToken: undefined,
    isGiven: () => !!self.shown && !shared,
    get() {
      const { endpoint, name } = element;
      if (!self.shown && endpoint) {
        shared = sharedClient(new URL(endpoint, document.baseURI).href, name, createSyncClient);
        self.attached();
        self.shown = shared.client;
      }
      return self.shown;
    },
    set(client) {
      shared = undefined;
      self.shown = client;
    },
    attached() {
      if (shared) addTokenSource(shared, token);
    },
    detached() {
      if (shared) releaseTokenSource(shared, token);
    },
  };
  return self;
}
