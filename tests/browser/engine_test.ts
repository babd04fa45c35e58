import { assertEquals } from "@std/assert";
import { serverStatus, startEngine, waitForState } from "./engine_page.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("created offline on one device, kept through a reload, sent when the service is back, seen on another", () =>
  withWorld(async ({ device, server }) => {
    const phone = await device();
    const page = await phone.openBlankTab();
    await phone.loseService();
    await startEngine(page, server, "ada");
    const id = await page.evaluate(() => sync.create("goal", { title: "Clair de Lune", composer: null }));
    await page.reload();
    await startEngine(page, server, "ada");
    assertEquals(await page.evaluate((id) => sync.get("goal", id), id), {
      title: "Clair de Lune",
      composer: null,
      id,
    });
    assertEquals((await page.evaluate(() => sync.status)).pending, 1);
    await phone.findService();
    await page.evaluate(() => sync.manualSync());
    await waitForState(page, "synced");
    const laptop = await (await device()).openBlankTab();
    await startEngine(laptop, server, "ada");
    await waitForState(laptop, "synced");
    assertEquals(await laptop.evaluate(() => sync.list("goal")), [{
      title: "Clair de Lune",
      composer: null,
      id,
    }]);
  }));

Deno.test("two tabs that edit at the same time lose nothing and double nothing", () =>
  withWorld(async ({ device, server }) => {
    const one = await device();
    const tabs = [await one.openBlankTab(), await one.openBlankTab()];
    for (const tab of tabs) await startEngine(tab, server, "ada");
    await Promise.all(tabs.map((tab, t) =>
      tab.evaluate(async (t) => {
        for (let n = 0; n < 50; n++) await sync.create("goal", { id: `tab${t}-${n}`, n });
        await sync.manualSync();
      }, t)
    ));
    for (const tab of tabs) await waitForState(tab, "synced");
    const { totalChanges, entityCount } = await serverStatus(server, "ada");
    assertEquals({ totalChanges, entityCount }, { totalChanges: 100, entityCount: 100 });
    for (const tab of tabs) assertEquals(await tab.evaluate(() => sync.list("goal").length), 100);
  }));

Deno.test("a tab sees what another tab of the same device queued, without a network", () =>
  withWorld(async ({ device, server }) => {
    const one = await device();
    const [first, second] = [await one.openBlankTab(), await one.openBlankTab()];
    for (const tab of [first, second]) await startEngine(tab, server, "ada");
    await one.goOffline();
    const id = await first.evaluate(() => sync.create("goal", { title: "heard next door" }));
    await second.waitForFunction((id) => sync.get("goal", id) !== undefined, id);
    assertEquals((await second.evaluate(() => sync.status)).pending, 1);
  }));

Deno.test("the network half is fetched again after it could not be had", () =>
  withWorld(async ({ device, server }) => {
    const one = await device();
    const page = await one.openBlankTab();
    await page.route("**/assets/**", (route) => route.abort());
    await startEngine(page, server, "ada");
    await page.evaluate(() => sync.create("goal", { id: "kept", title: "kept" }));
    const result = await page.evaluate(() => sync.manualSync());
    assertEquals([result.success, result.error?.code], [false, "offline"]);
    assertEquals((await page.evaluate(() => sync.status)).pending, 1);
    await page.unroute("**/assets/**");
    await page.evaluate(() => sync.manualSync());
    await waitForState(page, "synced");
    assertEquals((await serverStatus(server, "ada")).totalChanges, 1);
  }));

Deno.test("an action that waits for the network half is done for whoever is signed in when it comes", () =>
  withWorld(async ({ device, server }) => {
    const page = await (await device()).openBlankTab();
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => arrive = resolve);
    await page.route("**/assets/**", (route) => arrived.then(() => route.continue()));
    const code = page.evaluate(async ({ endpoint, ada, bob }) => {
      const { createSyncClient } = await import(String("/sync-engine.js"));
      let token = ada;
      globalThis.sync = createSyncClient({ endpoint, getToken: () => token });
      await sync.ready;
      const discarded = sync.discard("no change").catch((error) => error.code);
      token = bob;
      await sync.signIn();
      return await discarded;
    }, { endpoint: server.endpoint, ada: await server.token("ada"), bob: await server.token("bob") });
    await page.waitForFunction(() => globalThis.sync?.status.userId === "bob");
    arrive();
    // Not "closed", as ada's database is.
    assertEquals(await code, "not_found");
  }));

Deno.test("a thousand changes queued offline are flushed", () =>
  withWorld(async ({ device, server }) => {
    const one = await device();
    const page = await one.openBlankTab();
    await startEngine(page, server, "ada");
    await waitForState(page, "synced");
    await one.goOffline();
    await page.evaluate(() =>
      Promise.all(
        Array.from({ length: 1000 }, (_, n) => sync.create("goal", { id: `g${n}`, title: `Goal ${n}` })),
      )
    );
    assertEquals((await page.evaluate(() => sync.status)).pending, 1000);
    await one.goOnline();
    await page.evaluate(() => sync.manualSync());
    await waitForState(page, "synced");
    const { totalChanges, latestServerVersion } = await serverStatus(server, "ada");
    assertEquals({ totalChanges, latestServerVersion }, { totalChanges: 1000, latestServerVersion: 1000 });
  }));
