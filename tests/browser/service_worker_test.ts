import { assert, assertEquals } from "@std/assert";
import { serverStatus } from "./engine_page.ts";
import { withWorld } from "./harness/world.ts";

/** A site of its own that embeds the engine and registers a one-line service worker. */
function serveSite(port: number, syncOrigin: string) {
  const abort = new AbortController();
  const pages: Record<string, [type: string, body: string]> = {
    "/": ["text/html", '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A site</title>'],
    "/sw.js": ["text/javascript", `importScripts("${syncOrigin}/sync-worker.js");`],
  };
  const server = Deno.serve(
    { port, hostname: "127.0.0.1", signal: abort.signal, onListen() {} },
    (request) => {
      const page = pages[new URL(request.url).pathname];
      return page
        ? new Response(page[1], { headers: { "Content-Type": page[0] } })
        : new Response("not here", { status: 404 });
    },
  );
  return { [Symbol.asyncDispose]: () => (abort.abort(), server.finished) };
}

function freePort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}

const sitePort = freePort();
const siteOrigin = `http://127.0.0.1:${sitePort}`;

Deno.test("a site's one-line service worker drains the queue of a page that does not sync by itself", () =>
  withWorld(async ({ device, server }) => {
    await using _site = serveSite(sitePort, server.origin);
    const { context } = await device();
    const page = await context.newPage();
    await page.goto(siteOrigin);
    const token = await server.token("ada");
    await page.evaluate(async ({ token, endpoint, origin }) => {
      const { createSyncClient } = await import(`${origin}/sync-engine.js`);
      globalThis.sync = createSyncClient({ endpoint, getToken: () => token, autoSync: false });
      await globalThis.sync.ready;
      await navigator.serviceWorker.register("/sw.js");
      await navigator.serviceWorker.ready;
    }, { token, endpoint: server.endpoint, origin: server.origin });
    await page.evaluate(() => sync.create("goal", { id: "g", title: "sent by the worker" }));
    assertEquals((await serverStatus(server, "ada")).totalChanges, 0);

    const cdp = await context.newCDPSession(page);
    const registrationId = new Promise<string>((resolve) =>
      cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const [registration] = registrations;
        if (registration) resolve(registration.registrationId);
      })
    );
    await cdp.send("ServiceWorker.enable");
    await cdp.send("ServiceWorker.dispatchSyncEvent", {
      origin: siteOrigin,
      registrationId: await registrationId,
      tag: "tenuto-sync",
      lastChance: false,
    });
    await page.waitForFunction(() => sync.status.pending === 0, null, { timeout: 20_000 });
    assertEquals((await serverStatus(server, "ada")).totalChanges, 1);
    assert(
      await page.evaluate(() => sync.get("goal", "g") !== undefined),
      "the page followed the worker's commit",
    );
  }, { serverEnv: { ALLOWED_ORIGINS: siteOrigin } }));
