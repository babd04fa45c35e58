/** A page with the engine of `/sync-engine.js` on it, driven from a test. */
import type { Page } from "playwright";
import type { SyncClient } from "../../client/mod.ts";
import type { ServerProcess } from "./harness/server_process.ts";

declare global {
  /** The client of an engine page. */
  var sync: SyncClient;
}

/** Makes `globalThis.sync` on the page, signed in as `user`, and waits until it is ready. */
export async function startEngine(page: Page, server: ServerProcess, user: string): Promise<void> {
  const token = await server.token(user);
  await page.evaluate(async ({ token, endpoint }) => {
    const bundle = "/sync-engine.js";
    const { createSyncClient } = await import(bundle);
    globalThis.sync = createSyncClient({ endpoint, getToken: () => token });
    await globalThis.sync.ready;
  }, { token, endpoint: server.endpoint });
}

/** Waits until the page's client says `state`; if it never does, the error tells what it says, and how it came to it. */
export async function waitForState(page: Page, state: string): Promise<void> {
  const reached = (wanted: string) => globalThis.sync.status.state === wanted;
  await page.waitForFunction(reached, state, { timeout: 20_000 }).catch(async (cause) => {
    const seen = await page.evaluate(() => ({
      status: globalThis.sync.status,
      isSyncing: globalThis.sync.isSyncing,
      timeline: globalThis.sync.debug.timeline().slice(-20),
    }));
    throw new Error(`waited in vain for "${state}": ${JSON.stringify(seen)}`, { cause });
  });
}

/** The server's own account of a user: `GET /api/sync/v2/status`. */
export async function serverStatus(
  server: ServerProcess,
  user: string,
): Promise<{ totalChanges: number; entityCount: number; latestServerVersion: number }> {
  const response = await fetch(`${server.endpoint}/status`, {
    headers: { Authorization: `Bearer ${await server.token(user)}` },
  });
  return await response.json();
}
