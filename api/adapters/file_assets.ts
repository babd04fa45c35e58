/**
 * Static files of one folder. Two walls against paths that lead out: every segment is of plain characters and
 * begins with none of `.`, and the file's real path (after symbolic links) lies in the folder.
 */
import type { Asset, Assets } from "../http_ports.ts";

const segment = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const segmentsMax = 8;
/** As real paths have it. */
const separator = Deno.build.os === "windows" ? "\\" : "/";

const contentTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  map: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
};

/** Files below `folder`, of the types that a page needs; everything else is not there. */
export function fileAssets(folder: string): Assets {
  return {
    async read(path): Promise<Asset | null> {
      const segments = path.split("/");
      if (segments.length > segmentsMax || !segments.every((name) => segment.test(name))) return null;
      const extension = /\.([a-z0-9]+)$/.exec(path)?.[1] ?? "";
      if (!Object.hasOwn(contentTypes, extension)) return null;
      try {
        const root = await Deno.realPath(folder);
        const file = await Deno.realPath(`${root}/${path}`);
        if (!file.startsWith(root + separator)) return null;
        const body = await Deno.readFile(file);
        return { body, contentType: contentTypes[extension] ?? "", etag: await etagOf(body) };
      } catch (error) {
        if (isAbsent(error)) return null;
        throw error;
      }
    },
  };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory ||
    error instanceof Deno.errors.NotADirectory;
}

async function etagOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return `"${[...digest.subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}
