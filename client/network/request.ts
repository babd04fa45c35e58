/**
 * One authorised HTTP request to the sync server, with its time bound, one token refresh after a 401, and a
 * compressed body where that pays. Nothing here knows about changes.
 */
import type { Clock, Transport, TransportResponse } from "../ports.ts";
import { tokenSubject } from "../token.ts";

/** Bodies above this many characters are compressed. */
const compressFromChars = 1024;

/** Gives the token of the signed-in user, kept in memory only; null when signed out. */
export interface TokenSource {
  /** `refresh` asks for another token than the one refused last. */
  get(refresh: boolean): Promise<string | null>;
}

/** What a request needs from its surroundings. */
export interface RequestContext {
  transport: Transport;
  clock: Clock;
  tokens: TokenSource;
  /** Only a token of this user may be used; null: nobody is signed in, so none may. */
  userId: () => string | null;
  requestTimeoutMs: number;
}

/** How a request ended without an HTTP answer. */
export type NoAnswer = "offline" | "timeout" | "unauthenticated" | "closed";

/** Sends requests for one client. */
export class Requests {
  #acceptsGzip = typeof CompressionStream === "function";
  readonly #open = new Set<AbortController>();
  #closed = false;

  constructor(private readonly context: RequestContext) {}

  /** Sends; a 401 is answered by one refresh of the token and one more try. */
  async send(
    method: "GET" | "POST",
    url: string,
    json?: string,
  ): Promise<TransportResponse | NoAnswer> {
    const first = await this.#sendWith(false, method, url, json);
    if (typeof first === "string" || first.status !== 401) return first;
    const second = await this.#sendWith(true, method, url, json);
    return second === "unauthenticated" ? first : second;
  }

  /** The server does not take compressed bodies. */
  stopCompressing(): void {
    this.#acceptsGzip = false;
  }

  /** Whether bodies are being compressed. */
  get compresses(): boolean {
    return this.#acceptsGzip;
  }

  /** Gives up what is under way. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#open) controller.abort();
  }

  async #sendWith(
    refresh: boolean,
    method: "GET" | "POST",
    url: string,
    json: string | undefined,
  ): Promise<TransportResponse | NoAnswer> {
    const { clock, transport, tokens, userId, requestTimeoutMs } = this.context;
    const controller = new AbortController();
    this.#open.add(controller);
    let timedOut = false;
    const cancelTimer = clock.setTimer(requestTimeoutMs, () => {
      timedOut = true;
      controller.abort();
    });
    try {
      const token = await raceAbort(tokens.get(refresh), controller.signal);
      // Another user's token must never send this user's queue.
      if (token === null || tokenSubject(token) !== userId()) return "unauthenticated";
      const headers: Record<string, string> = {
        Authorization: `Bearer ${token}`,
        Accept: "application/json",
      };
      let body: string | Uint8Array<ArrayBuffer> | undefined = json;
      if (json !== undefined) headers["Content-Type"] = "application/json";
      if (json !== undefined && this.#acceptsGzip && json.length > compressFromChars) {
        body = await gzip(json);
        headers["Content-Encoding"] = "gzip";
      }
      const request = {
        method,
        url,
        headers,
        signal: controller.signal,
        ...(body === undefined ? {} : { body }),
      };
      const response = await raceAbort(transport.send(request), controller.signal);
      const text = await raceAbort(response.text(), controller.signal);
      return {
        status: response.status,
        header: (name) => response.header(name),
        text: () => Promise.resolve(text),
      };
    } catch {
      return this.#closed ? "closed" : timedOut ? "timeout" : "offline";
    } finally {
      cancelTimer();
      this.#open.delete(controller);
    }
  }
}

/** A transport that ignores its signal must not hold the time bound up. */
function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
