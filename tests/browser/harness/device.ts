/**
 * One device of one person: a browser context with a storage of its own (IndexedDB, localStorage, Web Locks)
 * in which several tabs may be open. What goes wrong in its pages is kept, so that a test can fail on it.
 */
import type { Browser, BrowserContext, Page } from "playwright";

/** A device. */
export interface Device {
  readonly context: BrowserContext;
  /** Opens a page of the server in a new tab. */
  openTab(path?: string): Promise<Page>;
  /** Opens an empty page of the server's origin, to import a bundle into; it loads even offline. */
  openBlankTab(): Promise<Page>;
  /** Cuts the network off: requests fail, `navigator.onLine` is false, `offline` is fired in every tab. */
  goOffline(): Promise<void>;
  /** Resolves when every tab has had its `online` event. */
  goOnline(): Promise<void>;
  /** Lets requests below `/api/` fail while pages still load: a reload without a connection to the service. */
  loseService(): Promise<void>;
  /** Undoes {@linkcode Device.loseService}. */
  findService(): Promise<void>;
  /** Uncaught errors of all its tabs, in order. */
  readonly uncaughtErrors: readonly string[];
  /** `console.error` and refused resources of all its tabs (a failed request while offline is one), in order. */
  readonly consoleErrors: readonly string[];
  close(): Promise<void>;
}

const blankPath = "/blank-page-of-the-tests";
const service = "**/api/**";

/** A new device, as empty as one out of the box. */
export async function newDevice(browser: Browser, origin: string): Promise<Device> {
  const context = await browser.newContext({ baseURL: origin });
  const uncaughtErrors: string[] = [];
  const consoleErrors: string[] = [];
  context.on("weberror", (error) => uncaughtErrors.push(String(error.error().stack ?? error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") consoleErrors.push(message.text());
  });
  await context.route(`**${blankPath}`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Blank</title>',
    }));

  async function openTab(path = "/"): Promise<Page> {
    const page = await context.newPage();
    await page.goto(path);
    return page;
  }
  return {
    context,
    uncaughtErrors,
    consoleErrors,
    openTab,
    openBlankTab: () => openTab(blankPath),
    goOffline: () => context.setOffline(true),
    async goOnline() {
      // The listeners must be there before the network is back, or the event may pass unseen.
      const events = [];
      for (const page of context.pages()) {
        await page.evaluate(() => {
          const seen = new Promise((resolve) =>
            addEventListener("online", () => resolve(true), { once: true })
          );
          Object.assign(globalThis, { testsOnlineEvent: navigator.onLine ? true : seen });
        });
        events.push(() => page.evaluate(() => Reflect.get(globalThis, "testsOnlineEvent")));
      }
      await context.setOffline(false);
      await Promise.all(events.map((event) => event()));
    },
    loseService: async () =>
      void await context.route(service, (route) => route.abort("internetdisconnected")),
    findService: () => context.unroute(service),
    close: () => context.close(),
  };
}
