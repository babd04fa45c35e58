/**
 * Keeps a place until an answer has been read: an answer weighs on the isolate until its client has taken it, not
 * until its route is done. It ends: who goes away gives the answer up, and who reads too slowly is cut off, so that
 * a place is never held for ever.
 */
import type { AppContext } from "../app_env.ts";

/** Smaller answers are no burden; they are not waited for. */
export const smallAnswerBytesMax = 64 * 1024;

/** The least that must be taken of an answer in every such stretch. */
export const downloadPace = { everyMs: 30_000, bytesMin: 8 * 1024 } as const;

/** Handed over a little at a time: what the server has taken is not yet what the client has read. */
const sliceBytes = 16 * 1024;

/** Calls `release` when the answer is off; false for an answer that is not waited for, and then it never does. */
export function holdUntilRead(c: AppContext, release: () => void): boolean {
  const { body, headers } = c.res;
  const length = headers.get("Content-Length");
  const isSmall = length !== null && Number(length) <= smallAnswerBytesMax;
  if (body === null || isSmall || c.req.method === "HEAD") return false;
  const held = new Response(watched(body as ReadableStream<Uint8Array<ArrayBuffer>>, c, release), c.res);
  // Hono merges the old answer's headers into a replacement; without an old one, ours stand alone.
  c.res = undefined;
  c.res = held;
  return true;
}

function watched(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  c: AppContext,
  release: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let rest = new Uint8Array();
  let bytes = 0;
  let bytesAtTick = 0;
  let stopWatching = () => {};
  let isOff = false;
  const end = () => {
    stopWatching();
    if (!isOff) release();
    isOff = true;
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      stopWatching = c.get("timers").every(downloadPace.everyMs, () => {
        if (bytes - bytesAtTick >= downloadPace.bytesMin) {
          bytesAtTick = bytes;
          return;
        }
        end();
        controller.error(new Error("The answer was read too slowly, or not at all"));
        rest = new Uint8Array();
        reader.cancel().catch(() => {});
      });
    },
    async pull(controller) {
      try {
        if (rest.byteLength === 0) {
          const next = await reader.read();
          if (isOff) return;
          if (next.done) {
            end();
            return controller.close();
          }
          rest = next.value;
        }
        const slice = rest.subarray(0, sliceBytes);
        rest = rest.subarray(slice.byteLength);
        bytes += slice.byteLength;
        controller.enqueue(slice);
      } catch (error) {
        end();
        throw error;
      }
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
