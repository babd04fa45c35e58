/** A watched array whose database is emptied, does not open, or holds its records under another type. */
import { assertEquals } from "@std/assert";
import { memoryStore } from "../../../../client/mod.ts";
import { watchStorage } from "../../../../client/widget/bind/watch_storage.ts";
import { createVirtualClock } from "../virtual_clock.ts";
import { newServer, settle } from "./in_process.ts";
import { TroubledDisk } from "./troubled_store.ts";
import { entityType, key, newSite, PageStorage, titles } from "./watched_page.ts";

Deno.test("where the database is emptied under a living page the array stays, and what was never sent", async () => {
  const disk = new TroubledDisk();
  const page = newSite()({ user: "clara", store: disk.store });
  page.write([{ id: "1", title: "One" }]);
  await page.sync();
  page.write([...page.read(), { id: "2", title: "Written offline" }]);
  await page.look();
  await disk.clear();
  page.write([...page.read(), { id: "3", title: "Three" }]);
  await page.look();
  const early = page.read().length;
  await page.sync();
  const got = [early, titles(page).toSorted()];
  await page.close();
  assertEquals(got, [3, ["One", "Three", "Written offline"]]);
});

Deno.test("where the database goes after a first meeting that ended half-way, the array stays", async () => {
  const open = newSite();
  const disk = new TroubledDisk();
  const storage = new PageStorage();
  const page = open({ user: "clara", storage, store: disk.store });
  const items = ["1", "2", "3"].map((id) => ({ id, title: `Title ${id}` }));
  page.write(items);
  page.client.subscribe(entityType, () => disk.isFull = true);
  await page.client.ready;
  await page.client.manualSync();
  await settle();
  await page.close();
  const again = open({ user: "clara", storage });
  await again.sync();
  const got = again.read();
  await again.close();
  assertEquals(got, items);
});

Deno.test("a watch whose database did not open at first goes on when it does", async () => {
  const disk = new TroubledDisk();
  disk.isFull = true;
  const storage = new PageStorage();
  const clock = createVirtualClock();
  const client = newServer()("clara", disk.store);
  const stop = watchStorage({
    ...{ client, clock, key, entityType, storage: storage as unknown as Storage },
    ...{ told() {}, failed() {} },
  });
  await client.ready.catch(() => {});
  disk.isFull = false;
  await client.manualSync();
  await settle();
  storage.setItem(key, '[{"id":"1","title":"One"}]');
  for (let second = 0; second < 5; second++) {
    clock.advance(1000);
    await settle();
  }
  const got = client.list(entityType);
  stop();
  await client.close();
  assertEquals(got, [{ id: "1", title: "One" }]);
});

Deno.test("a site that names another entity-type keeps its users' arrays", async () => {
  const open = newServer();
  const [storage, store] = [new PageStorage(), memoryStore()];
  const text = '[{"id":"1","title":"One"}]';
  storage.setItem(key, text);
  for (const type of ["notes", "note"]) {
    const clock = createVirtualClock();
    const client = open("clara", store);
    const stop = watchStorage({
      ...{ client, clock, key, entityType: type, storage: storage as unknown as Storage },
      ...{ told() {}, failed() {} },
    });
    await client.ready;
    for (let second = 0; second < 3; second++) {
      await settle();
      clock.advance(1000);
      await settle();
      await client.manualSync();
    }
    stop();
    await client.close();
  }
  assertEquals(storage.getItem(key), text);
});
