import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { newDevice } from "./device.ts";
import { startServerProcess } from "./server_process.ts";
import { withWorld } from "./world.ts";

Deno.test("a killed server comes back under its address", async () => {
  const server = await startServerProcess();
  try {
    assertMatch(await server.token("clara"), /^[\w-]+\.[\w-]+\.[\w-]+$/);
    await server.kill();
    await assertRejects(() => fetch(`${server.origin}/healthz`), TypeError);
    await server.start();
    const response = await fetch(`${server.origin}/healthz`);
    assert(response.ok);
    await response.body?.cancel();
  } finally {
    assertEquals(await server.stop(), 0, "SIGTERM ends a server cleanly");
  }
});

Deno.test("a server that cannot start is reported with what it printed", async () => {
  const error = await assertRejects(() => startServerProcess({ PORT: "not a port" }), Error);
  assertMatch(error.message, /PORT/);
});

Deno.test("tabs of a device share their storage, devices do not", () =>
  withWorld(async ({ device }) => {
    const [one, other] = [await device(), await device()];
    const first = await one.openBlankTab();
    await first.evaluate(() => localStorage.setItem("note", "held"));
    const read = () => localStorage.getItem("note");
    assertEquals(await (await one.openBlankTab()).evaluate(read), "held");
    assertEquals(await (await other.openBlankTab()).evaluate(read), null);
  }));

Deno.test("an offline device fails its requests and knows it; online again, every tab has heard of it", () =>
  withWorld(async ({ device }) => {
    const mine = await device();
    const tabs = [await mine.openBlankTab(), await mine.openBlankTab()];
    const reach = () => fetch("/healthz").then((response) => response.status, () => null);
    await mine.goOffline();
    for (const tab of tabs) {
      assertEquals(await tab.evaluate(reach), null);
      assertEquals(await tab.evaluate(() => navigator.onLine), false);
    }
    await mine.goOnline();
    for (const tab of tabs) {
      assertEquals(await tab.evaluate(() => navigator.onLine), true);
      assertEquals(await tab.evaluate(reach), 200);
    }
    assertNotEquals(mine.consoleErrors.length, 0, "failed requests are in the console");
  }));

Deno.test("a device without the service still loads pages", () =>
  withWorld(async ({ device }) => {
    const mine = await device();
    const tab = await mine.openBlankTab();
    const status = (path: string) =>
      tab.evaluate((at) => fetch(at).then((response) => response.status, () => null), path);
    await mine.loseService();
    assertEquals(await status("/api/flags"), null);
    assertEquals(await status("/healthz"), 200);
    await mine.findService();
    assertEquals(await status("/api/flags"), 401);
  }));

Deno.test("an error that a page does not catch fails its test", async () => {
  const error = await assertRejects(() =>
    withWorld(async ({ device }) => {
      const mine = await device();
      const tab = await mine.openBlankTab();
      const reported = mine.context.waitForEvent("weberror");
      await tab.evaluate(() =>
        void setTimeout(() => {
          throw new Error("nobody catches this");
        })
      );
      await reported;
    }), Error);
  assertMatch(error.message, /nobody catches this/);
});

Deno.test("closing a device closes its tabs and leaves the others", () =>
  withWorld(async ({ browser, server }) => {
    const [one, other] = [await newDevice(browser, server.origin), await newDevice(browser, server.origin)];
    const tab = await one.openBlankTab();
    const kept = await other.openBlankTab();
    await one.close();
    assert(tab.isClosed());
    assert(!kept.isClosed());
  }));
