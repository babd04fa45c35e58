/** Everything a browser test needs, set up before it and cleared away after it, however it ends. */
import { assertEquals } from "@std/assert";
import type { Browser } from "playwright";
import { launchChromium } from "./chromium.ts";
import { type Device, newDevice } from "./device.ts";
import { type ServerProcess, startServerProcess } from "./server_process.ts";

/** A server, a browser, and devices as the test asks for them. */
export interface World {
  readonly server: ServerProcess;
  readonly browser: Browser;
  /** A new device of nobody in particular. */
  device(): Promise<Device>;
}

/** Settings of the world. */
export interface WorldOptions {
  /** More settings of the server, as environment variables. */
  serverEnv?: Record<string, string>;
}

/**
 * Runs `test` in a world of its own. Fails also if a page threw an error that nobody caught.
 *
 *     Deno.test("…", () => withWorld(async ({ device }) => { … }));
 */
export async function withWorld(
  test: (world: World) => Promise<void>,
  options: WorldOptions = {},
): Promise<void> {
  const server = await startServerProcess(options.serverEnv);
  try {
    const browser = await launchChromium();
    const devices: Device[] = [];
    try {
      const device = async () => {
        const made = await newDevice(browser, server.origin);
        devices.push(made);
        return made;
      };
      await test({ server, browser, device });
      assertEquals(devices.flatMap(({ uncaughtErrors }) => uncaughtErrors), [], "uncaught errors in pages");
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}
