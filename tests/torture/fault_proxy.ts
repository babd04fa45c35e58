/**
 * A bad network: a proxy on a loopback port between clients and the server. Whole requests are lost, late or
 * doubled; answers are lost after the server has committed, or cut. What the server really answered is told to
 * `heard`, whether or not a client ever gets it: those are the server's promises.
 */
import type { SeededRandom } from "../api/fuzz/seeded_random.ts";
import { pause } from "./pause.ts";
import { answerBytes, type RawAnswer, type RawRequest, readRequest, writeAll } from "./raw_message.ts";

const faultKinds = ["dropped", "delayed", "duplicated", "truncated", "cutAfterCommit"] as const;
/** What can happen to a request. */
export type FaultKind = typeof faultKinds[number];

/** Longest delay: beyond a client's own patience, so that requests arrive after it has sent them again. */
const delayMsMax = 6_000;

/** What the proxy works with. */
export interface FaultProxyOptions {
  /** Origin of the server. */
  target: string;
  random: SeededRandom;
  /** Told of every whole answer, in the order in which they come. */
  heard: (request: RawRequest, answer: RawAnswer) => void;
}

/** Stands before one server, which may go and come back. */
export class FaultProxy {
  readonly faults: Record<FaultKind, number> = {
    dropped: 0,
    delayed: 0,
    duplicated: 0,
    truncated: 0,
    cutAfterCommit: 0,
  };
  /** Requests that found no server, or lost it before it had answered. */
  unreachable = 0;
  requests = 0;
  readonly statuses = new Map<number, number>();
  /** Share of requests that meet a fault, 0 to 1. */
  faultShare = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  /** A connection for each request: a pooled one to a killed server would blur what was sent. */
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  readonly #work = new Set<Promise<void>>();
  readonly #ending = new AbortController();

  constructor(private readonly options: FaultProxyOptions) {
    this.#track(this.#accept());
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#listener.close();
    while (this.#work.size > 0) await Promise.all(this.#work);
    this.#client.close();
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  async #accept(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        const connection = await this.#listener.accept();
        this.#track(this.#serve(connection));
      } catch (error) {
        if (!isConnectionFault(error)) throw error;
      }
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    try {
      const request = await readRequest(connection);
      if (request !== null) await this.#pass(connection, request);
    } catch (error) {
      if (!isConnectionFault(error)) throw error;
    } finally {
      connection.close();
    }
  }

  async #pass(connection: Deno.Conn, request: RawRequest): Promise<void> {
    const { random } = this.options;
    this.requests++;
    const fault = random.chance(this.faultShare) ? random.pick(faultKinds) : null;
    if (fault !== null) this.faults[fault]++;
    if (fault === "dropped") return;
    const late = fault === "delayed" && random.chance(0.5);
    if (late) await this.#wait();
    if (fault === "duplicated") this.#track(this.#again(request));
    const answer = await this.#forward(request);
    if (answer === null || fault === "cutAfterCommit") return;
    if (fault === "delayed" && !late) await this.#wait();
    const { body } = answer;
    if (fault !== "truncated") return await writeAll(connection, answerBytes(answer, body.length));
    const part = { ...answer, body: body.slice(0, random.between(0, Math.max(0, body.length - 1))) };
    // Half of them look whole to HTTP: only the JSON inside shows that something is missing.
    await writeAll(connection, answerBytes(part, random.chance(0.5) ? body.length : part.body.length));
  }

  /** The same request once more, side by side with the first or later. */
  async #again(request: RawRequest): Promise<void> {
    if (this.options.random.chance(0.5)) await this.#wait();
    await this.#forward(request);
  }

  #wait(): Promise<void> {
    const { random } = this.options;
    const delayMs = random.between(0, random.pick([200, 1_500, delayMsMax]));
    return pause(delayMs, this.#ending.signal);
  }

  /** The server's whole answer, or null if there was none. */
  async #forward({ method, path, headers, body }: RawRequest): Promise<RawAnswer | null> {
    const onward = new Headers(headers);
    for (const name of ["host", "connection", "content-length"]) onward.delete(name);
    onward.set("accept-encoding", "identity");
    let answer: RawAnswer;
    try {
      const response = await fetch(`${this.options.target}${path}`, {
        method,
        headers: onward,
        client: this.#client,
        redirect: "manual",
        ...(body.length === 0 ? {} : { body }),
      });
      answer = {
        status: response.status,
        headers: response.headers,
        body: new Uint8Array(await response.arrayBuffer()),
      };
    } catch {
      this.unreachable++;
      return null;
    }
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    this.options.heard({ method, path, headers, body }, answer);
    return answer;
  }
}

/** The other side went away, or this one is closing: what a proxy has to live with. */
function isConnectionFault(error: unknown): boolean {
  const { BrokenPipe, ConnectionReset, ConnectionAborted, NotConnected, BadResource, Interrupted } =
    Deno.errors;
  return [BrokenPipe, ConnectionReset, ConnectionAborted, NotConnected, BadResource, Interrupted]
    .some((kind) => error instanceof kind);
}
