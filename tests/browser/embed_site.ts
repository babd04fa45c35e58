/**
 * A site of somebody else for embedding tests: pages on an origin of their own, with their own headers, and
 * optionally the sync server's files and API proxied under the site's origin.
 */

/** A running site. */
export interface EmbedSite {
  readonly origin: string;
  /** Pages by path; set before they are opened. */
  readonly pages: Record<string, { html: string; headers?: Record<string, string> }>;
  /** Where everything that is no page comes from: the sync server's origin. */
  upstream: string | null;
  /** Other versions of the upstream's files by the path they are served under, e.g. `/old/`: their text, changed. */
  readonly versions: Record<string, (script: string) => string>;
  stop(): Promise<void>;
}

/** Starts a site on a free loopback port. */
export function startEmbedSite(): EmbedSite {
  const pages: EmbedSite["pages"] = {};
  const versions: EmbedSite["versions"] = {};
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const page = pages[url.pathname];
    if (page) {
      return new Response(page.html, {
        headers: { "Content-Type": "text/html; charset=utf-8", ...page.headers },
      });
    }
    if (!site.upstream) return new Response(null, { status: 404 });
    const version = Object.keys(versions).find((path) => url.pathname.startsWith(path));
    if (version !== undefined) {
      const script = await fetch(`${site.upstream}/${url.pathname.slice(version.length)}`);
      return new Response(versions[version]!(await script.text()), {
        status: script.status,
        headers: { "Content-Type": "text/javascript" },
      });
    }
    const body = request.body === null ? null : await request.arrayBuffer();
    const headers = new Headers(request.headers);
    headers.delete("accept-encoding");
    return await fetch(`${site.upstream}${url.pathname}${url.search}`, {
      method: request.method,
      headers,
      body,
    });
  });
  const site: EmbedSite = {
    origin: `http://127.0.0.1:${server.addr.port}`,
    pages,
    versions,
    upstream: null,
    stop: () => server.shutdown(),
  };
  return site;
}

/** The page of the README: two tags and the site's own script `/site.js`, a file because a strict policy wants it. */
export function plainPage(
  script: string,
  endpoint: string,
  more: { head?: string; body?: string } = {},
): string {
  return `<!doctype html><html lang="en"><head><title>Site</title><link rel="icon" href="data:,">${
    more.head ?? ""
  }
<script type="module" src="/site.js"></script><script type="module" src="${script}"></script></head>
<body><sync-status endpoint="${endpoint}"></sync-status>${more.body ?? ""}</body></html>`;
}

/** The site's own script: says who is signed in, before or after the element is defined. */
export function siteScript(token: string): { html: string; headers: Record<string, string> } {
  const html = `document.querySelector("sync-status").getToken = () => ${JSON.stringify(token)};`;
  return { html, headers: { "Content-Type": "text/javascript" } };
}
