import { assertEquals } from "@std/assert";
import { memoryStore } from "../../../../client/mod.ts";
import { sharedPage } from "./shared_browser.ts";
import { entityType, newSite, PageStorage, titles } from "./watched_page.ts";

Deno.test("where localStorage has no room for what others wrote, nothing is deleted and all is caught up on later", async () => {
  const open = newSite();
  const [page, other] = [open({ user: "clara" }), open({ user: "clara" })];
  page.write([{ id: "1", edit: 0 }]);
  await page.sync();
  await other.sync();
  other.write([{ id: "1", edit: 0 }, { id: "2", edit: 0, title: "Written on the other device" }]);
  await other.sync();
  // From no room at all to room for everything: the array, the note about it, or neither may fit.
  const sizeMin = 10 * Math.ceil(page.storage.size / 10);
  for (let sizeMax = sizeMin; sizeMax <= sizeMin + 400; sizeMax += 10) {
    page.storage.sizeMax = sizeMax;
    await page.sync();
    page.write(page.read().map((item) => ({ ...item as object, edit: sizeMax / 10 % 9 })));
    await page.sync();
    await other.sync();
    assertEquals(other.read().length, 2, `room for ${sizeMax}`);
  }
  assertEquals(page.read().length, 2);
  assertEquals(page.failures.length > 0, true, "the page's console has heard of it");
  for (const each of [page, other]) await each.close();
});

Deno.test("what came while localStorage was full, and was deleted elsewhere since, stays deleted", async () => {
  for (let room = 0; room <= 1600; room += 100) {
    const open = newSite();
    const other = open({ user: "clara" });
    const [storage, store] = [new PageStorage(), memoryStore()];
    const page = open({ user: "clara", storage, store });
    page.write([{ id: "1" }]);
    await page.sync();
    await other.sync();
    other.write([...other.read(), { id: "2", text: "-".repeat(600) }]);
    await other.sync();
    storage.sizeMax = storage.size + room;
    await page.sync();
    await page.close();
    other.write([{ id: "1" }]);
    await other.sync();
    storage.sizeMax = Infinity;
    const again = open({ user: "clara", storage, store });
    await again.sync();
    await other.sync();
    assertEquals([again.read(), other.read()], [[{ id: "1" }], [{ id: "1" }]], `room for ${room}`);
    for (const each of [again, other]) await each.close();
  }
});

Deno.test("an array changes hands where there is no room at all", async () => {
  for (const isMet of [true, false]) {
    const { page, signIn } = await sharedPage("clara");
    if (!isMet) await signIn("erik");
    page.write([{ id: "1", title: "Old" }]);
    if (isMet) await page.sync();
    page.write([{ id: "1", title: "New" }, { id: "2", title: "Not queued yet" }]);
    page.storage.sizeMax = page.storage.size;
    await signIn("gala");
    assertEquals(page.read() ?? [], []);
    page.storage.sizeMax = Infinity;
    await page.sync();
    assertEquals(titles(page), []);
    await signIn(isMet ? "clara" : "erik");
    await page.sync();
    assertEquals(titles(page), ["New", "Not queued yet"]);
    await page.close();
  }
});

Deno.test("what there is no room to put back waits, also while its user comes and goes", async () => {
  const { page, signIn } = await sharedPage("clara");
  const items = [{ id: "1", text: "-".repeat(600) }, { id: "2", text: "-".repeat(600) }];
  page.write(items);
  await signIn("erik");
  page.storage.sizeMax = page.storage.size + 100;
  await signIn("clara");
  assertEquals(page.read(), []);
  page.write([{ id: "3" }]);
  await signIn("erik");
  page.storage.sizeMax = Infinity;
  await page.sync();
  assertEquals(page.read(), []);
  await signIn("clara");
  await page.sync();
  assertEquals(page.client.list(entityType).map(({ id }) => id).toSorted(), ["1", "2", "3"]);
  await page.close();
});

Deno.test("an item for which there is no room to note it is not queued before there is", async () => {
  const page = newSite()({ user: "clara" });
  await page.sync();
  page.write([{ id: "1", title: "One" }]);
  page.storage.sizeMax = page.storage.size + 5;
  assertEquals([await page.pending(), page.failures.length], [[], 1]);
  await page.look();
  assertEquals(page.failures.length, 1, "told once, not every second");
  page.storage.sizeMax = Infinity;
  assertEquals((await page.pending()).length, 1);
  await page.close();
});

Deno.test("where the local database is gone the array stays, and what was never sent is queued again", async () => {
  const open = newSite();
  const storage = new PageStorage();
  const first = open({ user: "clara", storage });
  first.write([{ id: "1", title: "One" }]);
  await first.sync();
  first.write([{ id: "1", title: "One" }, { id: "2", title: "Written offline" }]);
  await first.look();
  await first.close();
  const again = open({ user: "clara", storage });
  await again.look();
  assertEquals(again.read().length, 2, "before the first sync");
  await again.sync();
  assertEquals(again.read().length, 2);
  assertEquals(titles(again), ["One", "Written offline"]);
  await again.close();
});

Deno.test("where the local database is gone and synced again before anybody looked, the array stays", async () => {
  const open = newSite();
  const storage = new PageStorage();
  const first = open({ user: "clara", storage });
  await first.sync();
  first.write([{ id: "1", title: "Written offline" }]);
  await first.look();
  await first.close();
  const store = memoryStore();
  const early = open({ user: "clara", store });
  await early.sync();
  await early.close();
  const again = open({ user: "clara", storage, store });
  await again.sync();
  assertEquals(titles(again), ["Written offline"]);
  await again.close();
});

Deno.test("an item that was queued as the watch ended, and deleted by the page since, does not come back", async () => {
  const open = newSite();
  const [storage, store] = [new PageStorage(), memoryStore()];
  const page = open({ user: "clara", storage, store });
  await page.sync();
  page.write([{ id: "1", title: "Queued just now" }]);
  const closed = Promise.withResolvers<void>();
  const unsubscribe = page.client.subscribe(entityType, () => {
    unsubscribe();
    page.write([]);
    page.close().then(closed.resolve);
  });
  await page.look();
  await closed.promise;
  const again = open({ user: "clara", storage, store });
  await again.sync();
  assertEquals([again.read(), titles(again)], [[], []]);
  await again.close();
});
