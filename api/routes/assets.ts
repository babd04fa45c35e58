/**
 * Static files. The bundles are for every page of every site, so they allow any origin and are revalidated by
 * ETag; chunks under `/assets/` carry a hash of their content in their name and never change.
 */
import type { AppContext, AppHandler } from "../app_env.ts";
import type { Assets } from "../http_ports.ts";

const anyOrigin = { "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" };
const demoPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A bundle at the root of the origin. */
export function bundleRoute(assets: Assets, path: string): AppHandler {
  return (c) => answerAsset(c, assets, path, { ...anyOrigin, "Cache-Control": "no-cache" });
}

/** `/assets/*`. */
export function chunkRoute(assets: Assets): AppHandler {
  return (c) =>
    answerAsset(c, assets, c.req.path.slice(1), {
      ...anyOrigin,
      "Cache-Control": "public, max-age=31536000, immutable",
    });
}

/** A page or a file of the demo; pages run under the strict policy that embedding sites may have. */
export function demoFileRoute(assets: Assets, path?: string): AppHandler {
  return (c) =>
    answerAsset(c, assets, path ?? c.req.path.slice(1), {
      "Cache-Control": "no-cache",
      "Content-Security-Policy": demoPolicy,
    });
}

async function answerAsset(
  c: AppContext,
  assets: Assets,
  path: string,
  headers: Record<string, string>,
): Promise<Response> {
  const asset = await assets.read(path);
  if (asset === null) return await c.notFound();
  const { body, contentType, etag } = asset;
  if (matches(c.req.header("If-None-Match"), etag)) {
    return new Response(null, { status: 304, headers: { ...headers, ETag: etag, Vary: "Accept-Encoding" } });
  }
  return new Response(body, {
    headers: {
      ...headers,
      "Content-Type": contentType,
      "Content-Length": String(body.byteLength),
      ETag: etag,
    },
  });
}

/** RFC 9110's weak comparison: a compressed answer carried the same tag as a weak one. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
