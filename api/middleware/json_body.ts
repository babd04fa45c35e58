/**
 * Reads a JSON body as strictly as the contract asks: media type, encoding, size while it streams, UTF-8
 * without replacement characters, no byte order mark. Invariants: whatever arrives, chunked or inflating to a
 * gigabyte, never more than the bound and one slice of inflated bytes is in memory; and reading ends, since a
 * body that is being read has one of the few places of its user, and what does not arrive would keep it for ever.
 */
import { limits } from "../../shared/mod.ts";
import type { Timers } from "../http_ports.ts";
import { ProblemError, unavailable } from "../problem_error.ts";

/** Deflate expands at most 1,032 times, so one slice inflates to about 1 MiB at most. */
const gzipSliceBytes = 1024;
const cutShortRetryMs = 1_000;

/** The least that must arrive of a body in every such stretch: a trickle holds a place as long as silence does. */
export const uploadPace = { everyMs: 30_000, bytesMin: 8 * 1024 } as const;

/** What a body may be. */
interface Bound {
  bytesMax: number;
  /** The refusal of what is more. */
  tooLarge(): ProblemError;
}

/** The parsed body. Throws `ProblemError` 400, 413 or 415, and 503 `busy` for what broke off or came too slowly. */
export async function readJsonBody(request: Request, timers: Timers): Promise<unknown> {
  const bound = { bytesMax: limits.requestBytesMax, tooLarge: requestTooLarge };
  return parseJson(await readJsonText(request, timers, bound));
}

/** The text of a JSON body of another bound, not parsed. Throws as {@linkcode readJsonBody} does. */
export async function readJsonText(request: Request, timers: Timers, bound: Bound): Promise<string> {
  requireJson(request.headers.get("Content-Type"));
  const gzip = isGzip(request.headers.get("Content-Encoding"));
  if (Number(request.headers.get("Content-Length") ?? 0) > bound.bytesMax) throw bound.tooLarge();
  return decodeText(await readBounded(request.body, gzip, bound, timers));
}

/** 413 with both bounds, so that a client can cut its next request. */
export function requestTooLarge(): ProblemError {
  return new ProblemError(
    "request_too_large",
    `A request may have at most ${limits.requestBytesMax} bytes after inflating and ` +
      `${limits.changesPerRequestMax} changes. Send fewer changes at a time; nothing of this request was used.`,
    { members: { maxBytes: limits.requestBytesMax, maxChanges: limits.changesPerRequestMax } },
  );
}

function requireJson(header: string | null): void {
  const [type = "", ...parameters] = (header ?? "").split(";").map((part) => part.trim().toLowerCase());
  const isUtf8 = parameters.every((parameter) =>
    !parameter.startsWith("charset=") || /^charset="?utf-8"?$/.test(parameter)
  );
  if (type === "application/json" && isUtf8) return;
  throw new ProblemError(
    "unsupported_media_type",
    "The body must be JSON in UTF-8, sent with 'Content-Type: application/json'.",
    { headers: { "Accept-Post": "application/json" } },
  );
}

function isGzip(header: string | null): boolean {
  const encoding = (header ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return false;
  if (encoding === "gzip") return true;
  throw new ProblemError(
    "unsupported_media_type",
    "Content-Encoding must be 'identity' or 'gzip'.",
    { headers: { "Accept-Encoding": "gzip" } },
  );
}

async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  gzip: boolean,
  bound: Bound,
  timers: Timers,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const { source, stopWatching } = arriving(body as ReadableStream<Uint8Array<ArrayBuffer>>, timers);
  const reader =
    (gzip ? source.pipeThrough(slices(bound)).pipeThrough(new DecompressionStream("gzip")) : source)
      .getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.byteLength;
      if (length > bound.bytesMax) throw bound.tooLarge();
      chunks.push(next.value);
    }
  } catch (error) {
    // Cancelling tells the sender to stop; that a broken stream cannot be cancelled changes nothing.
    await reader.cancel().catch(() => {});
    throw error instanceof ProblemError ? error : malformed("it could not be inflated");
  } finally {
    stopWatching();
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/**
 * The body as it arrives. When it breaks off (a cut connection, a server that ends) or stops arriving, that is
 * nobody's fault in the request: a 400 would make a client give up a change that has nothing wrong with it.
 */
function arriving(body: ReadableStream<Uint8Array<ArrayBuffer>>, timers: Timers): {
  source: ReadableStream<Uint8Array<ArrayBuffer>>;
  stopWatching(): void;
} {
  const reader = body.getReader();
  let bytes = 0;
  let bytesAtTick = 0;
  let stopWatching = () => {};
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      stopWatching = timers.every(uploadPace.everyMs, () => {
        if (bytes - bytesAtTick >= uploadPace.bytesMin) {
          bytesAtTick = bytes;
          return;
        }
        stopWatching();
        controller.error(cutShort("The request stopped arriving, or came too slowly."));
        reader.cancel().catch(() => {});
      });
    },
    async pull(controller) {
      let next: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;
      try {
        next = await reader.read();
      } catch {
        throw cutShort("The request broke off before it was read.");
      }
      if (next.done) return controller.close();
      bytes += next.value.byteLength;
      controller.enqueue(next.value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { source, stopWatching: () => stopWatching() };
}

function cutShort(what: string): ProblemError {
  return unavailable("busy", cutShortRetryMs, `${what} Nothing of it was looked at; send it again.`);
}

/** Cuts compressed input, whose own size is bounded too, into pieces that can only inflate to a bounded size. */
function slices(bound: Bound): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let length = 0;
  return new TransformStream({
    transform(chunk, controller) {
      length += chunk.byteLength;
      if (length > bound.bytesMax) throw bound.tooLarge();
      for (let at = 0; at < chunk.byteLength; at += gzipSliceBytes) {
        controller.enqueue(chunk.subarray(at, at + gzipSliceBytes));
      }
    },
  });
}

function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw malformed("it begins with a byte order mark");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProblemError("invalid_utf8", "The body must be UTF-8; it has bytes that are not.");
  }
}

/** The value of a JSON text. Throws `ProblemError` 400. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("it does not parse");
  }
}

function malformed(why: string): ProblemError {
  return new ProblemError("malformed_json", `The body must be one JSON text: ${why}.`);
}
