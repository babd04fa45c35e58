/**
 * One authorised HTTP request to the sync server, with its time bound, one token refresh after a 401, and a
 * compressed body where that pays. Nothing here knows about changes.
 */
import type { Clock, Transport, TransportRequest, TransportResponse } from "../ports.ts";
import { tokenSubject } from "../token.ts";

/** Bodies above this many characters are compressed. */
const compressFromChars = 1024;

/** Browsers let requests of up to 64 KiB outlive their page and refuse larger ones. */
const keepaliveBytesMax = 60 * 1024;

/** Gives the token of the signed-in user, kept in memory only; null when signed out. */
export interface TokenSource {
  /** A token at hand, or another one than `refused`; null if signed out. Rejects if the site cannot tell now. */
  get(refused: string | null): Promise<string | null>;
}

/** What a request needs from its surroundings. */
export interface RequestContext {
  transport: Transport;
  clock: Clock;
  tokens: TokenSource;
  /** Who is signed in: only a token of theirs may be used; null: nobody, so none may. */
  userId: () => string | null;
  requestTimeoutMs: number;
  /** Whether the page is out of sight, and may go away at any time. */
  leaving: () => boolean;
}

/** How a request ended without an HTTP answer. */
export type NoAnswer = "offline" | "timeout" | "unauthenticated" | "closed";

/** Sends requests for one client. */
export class Requests {
  #acceptsGzip = typeof CompressionStream === "function";
  readonly #open = new Set<AbortController>();
  #closed = false;

  constructor(private readonly context: RequestContext) {}

  /**
   * Sends; a 401 is answered by one refresh of the token and one more try, both within the time bound. Only a token
   * of `userId` is used, even if somebody else has signed in meanwhile.
   */
  async send(
    method: "GET" | "POST",
    url: string,
    json?: string,
    userId = this.context.userId(),
  ): Promise<TransportResponse | NoAnswer> {
    if (this.#closed) return "closed";
    const { clock, requestTimeoutMs } = this.context;
    const controller = new AbortController();
    this.#open.add(controller);
    const cancelTimer = clock.setTimer(requestTimeoutMs, () => controller.abort(noAnswer.timeout));
    try {
      const outgoing: Outgoing = { method, url, json, userId, signal: controller.signal };
      const first = await this.#attempt(outgoing, null);
      if (first === "unauthenticated" || first.response.status !== 401) return plain(first);
      const second = await this.#attempt(outgoing, first.token);
      return plain(second === "unauthenticated" ? first : second);
    } catch {
      return controller.signal.reason ?? "offline";
    } finally {
      cancelTimer();
      this.#open.delete(controller);
    }
  }

  /** Gives up what is under way, for another account's sake; later requests go on. */
  cancel(): void {
    for (const controller of this.#open) controller.abort(noAnswer.closed);
  }

  /** The server does not take compressed bodies. */
  stopCompressing(): void {
    this.#acceptsGzip = false;
  }

  /** Whether bodies are being compressed. */
  get compresses(): boolean {
    return this.#acceptsGzip;
  }

  /** Gives up what is under way, and sends nothing any more. */
  close(): void {
    this.#closed = true;
    this.cancel();
  }

  async #attempt(
    { method, url, json, userId, signal }: Outgoing,
    refused: string | null,
  ): Promise<Attempt | "unauthenticated"> {
    const { transport, tokens } = this.context;
    const token = await raceAbort(tokens.get(refused), signal);
    // Another user's token must never send this user's queue.
    if (token === null || tokenSubject(token) !== userId) return "unauthenticated";
    const headers: Record<string, string> = { Authorization: `Bearer ${token}`, Accept: "application/json" };
    let body: string | Uint8Array<ArrayBuffer> | undefined = json;
    if (json !== undefined) headers["Content-Type"] = "application/json";
    if (json !== undefined && this.#acceptsGzip && json.length > compressFromChars) {
      body = await gzip(json);
      headers["Content-Encoding"] = "gzip";
    }
    const request: TransportRequest = { method, url, headers, signal };
    if (body !== undefined) request.body = body;
    if (this.context.leaving() && bytesOf(body) <= keepaliveBytesMax) request.keepalive = true;
    const response = await raceAbort(transport.send(request), signal);
    const text = await raceAbort(response.text(), signal);
    const { status } = response;
    return {
      token,
      response: { status, header: (name) => response.header(name), text: () => Promise.resolve(text) },
    };
  }
}

/** A request until it is answered or given up. */
interface Outgoing {
  method: "GET" | "POST";
  url: string;
  json: string | undefined;
  userId: string | null;
  signal: AbortSignal;
}

/** One try, with the token it went with. */
interface Attempt {
  token: string;
  response: TransportResponse;
}

/** Reasons that a request is given up for. */
const noAnswer = { timeout: "timeout", closed: "closed" } as const;

function plain(attempt: Attempt | "unauthenticated"): TransportResponse | NoAnswer {
  return attempt === "unauthenticated" ? attempt : attempt.response;
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

function bytesOf(body: TransportRequest["body"]): number {
  return typeof body === "string" ? new TextEncoder().encode(body).length : body?.length ?? 0;
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
