/** A page of Firefox with the engine of `/sync-engine.js` on it, driven from a test. */
import type { Page } from "puppeteer-core";
import type {} from "./engine_page.ts";
import type { ServerProcess } from "./harness/server_process.ts";

/** Makes `globalThis.sync` on the page, signed in as `user`, and waits until it is ready. */
export async function startFirefoxEngine(page: Page, server: ServerProcess, user: string): Promise<void> {
  // A page of the server's origin without a script of its own.
  await page.goto(`${server.origin}/healthz`);
  const token = await server.token(user);
  await page.evaluate(
    async (token, endpoint) => {
      const bundle = "/sync-engine.js";
      const { createSyncClient } = await import(bundle);
      globalThis.sync = createSyncClient({ endpoint, getToken: () => token });
      await globalThis.sync.ready;
    },
    token,
    server.endpoint,
  );
}

/** Waits until the page's client says `state`. */
export const waitForFirefoxState = (page: Page, state: string) =>
  page.waitForFunction((state) => globalThis.sync.status.state === state, { timeout: 20_000 }, state);
