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
export class ElementClient {
  #shared: SharedClient | undefined;
  /** The client that is shown, if there is one yet. */
  shown: SyncClient | undefined;
  /** The site's way to a token; without it an event asks. */
  getToken: TokenSource | undefined;

  constructor(private readonly element: Element & { endpoint: string | null; name: string | null }) {}

  /** Whether the site has given the client. */
  get isGiven(): boolean {
    return this.shown !== undefined && !this.#shared;
  }

  /** The client that is shown; the page's is made when it is first needed. */
  get(): SyncClient | undefined {
    const { endpoint, name } = this.element;
    if (!this.shown && endpoint) {
      this.#shared = sharedClient(
        new URL(endpoint, document.baseURI).href,
        name ?? undefined,
        createSyncClient,
      );
      this.attached();
      this.shown = this.#shared.client;
    }
    return this.shown;
  }

  /** Shows another client, or none until the next `get()`. */
  set(client: SyncClient | undefined): void {
    this.#shared = undefined;
    this.shown = client;
  }

  /** The element is on the page: it is asked for tokens. */
  attached(): void {
    if (this.#shared) addTokenSource(this.#shared, this.#token);
  }

  /** It is gone. */
  detached(): void {
    if (this.#shared) releaseTokenSource(this.#shared, this.#token);
  }

  #token: TokenSource = async () => {
    try {
      return await (this.getToken ? this.getToken() : requestToken(this.element));
    } catch (error) {
      // To a person this is being offline; to who wrote the page it may be a mistake.
      console.warn("<sync-status> got no token:", error);
      throw error;
    }
  };
}
