/**
 * Compresses answers for clients that take gzip. Streams, so that an export of any size passes through in
 * bounded memory. A strong ETag names the uncompressed bytes, so a compressed answer carries it as a weak one.
 */
import type { AppHandler } from "../app_env.ts";

/** Below this, headers and a packet cost more than compression saves. */
const compressBytesMin = 1024;
const compressible =
  /^(application\/(json|problem\+json|x-ndjson|manifest\+json)|text\/[a-z]+|image\/svg\+xml)\b/;

/** Adds `Content-Encoding: gzip` where it is worth it. */
export const compress: AppHandler = async (c, next) => {
  await next();
  const { headers, body, status } = c.res;
  if (!compressible.test(headers.get("Content-Type") ?? "")) return;
  headers.append("Vary", "Accept-Encoding");
  if (body === null || status === 304 || c.req.method === "HEAD" || headers.has("Content-Encoding")) return;
  const length = headers.get("Content-Length");
  if (length !== null && Number(length) < compressBytesMin) return;
  if (!takesGzip(c.req.header("Accept-Encoding"))) return;

  const packed = new Response(
    (body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new CompressionStream("gzip")),
    c.res,
  );
  packed.headers.delete("Content-Length");
  packed.headers.set("Content-Encoding", "gzip");
  const etag = packed.headers.get("ETag");
  if (etag !== null && !etag.startsWith("W/")) packed.headers.set("ETag", `W/${etag}`);
  // Hono merges the old answer's headers into a replacement; without an old one, ours stand alone.
  c.res = undefined;
  c.res = packed;
};

/** RFC 9110: a coding is acceptable if it, or else `*`, is named without `q=0`. */
export function takesGzip(header: string | undefined): boolean {
  let anything = false;
  for (const part of (header ?? "").toLowerCase().split(",")) {
    const [coding = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (coding === "gzip" || coding === "x-gzip") return !refused;
    if (coding === "*") anything = !refused;
  }
  return anything;
}
