/**
 * Knows which requests are in flight, so that a server can end between them. Deno 2.9's `shutdown()` makes the
 * bodies of requests in flight unreadable at once (denoland/deno#36809); waiting for them first keeps its
 * promise. Only those of the moment are waited for: under load there are always newer ones, and what is cut
 * short is answered 503 and sent again.
 */
type Handler<Info> = (request: Request, info: Info) => Response | Promise<Response>;

/** A handler that can be waited for. */
export interface Drain<Info> {
  handle: Handler<Info>;
  /** Resolves when every request that is in flight now has its answer. Never rejects. */
  drained(): Promise<void>;
}

/** Wraps `handle`. */
export function createDrain<Info>(handle: Handler<Info>): Drain<Info> {
  const inFlight = new Set<Promise<Response>>();
  return {
    handle(request, info) {
      const answer = Promise.resolve(handle(request, info));
      inFlight.add(answer);
      const done = () => void inFlight.delete(answer);
      answer.then(done, done);
      return answer;
    },
    async drained() {
      await Promise.allSettled(inFlight);
    },
  };
}
