import { assertEquals } from "@std/assert";
import type { SyncClient } from "../../../../client/mod.ts";
import { lookEveryMs, watchStorage } from "../../../../client/widget/bind/watch_storage.ts";
import { newServer } from "./in_process.ts";
import { createVirtualClock, type VirtualClock } from "../virtual_clock.ts";

/** A page with its own array, the whole client, and the whole server, in one process. */
interface Page {
  client: SyncClient;
  storage: Map<string, string>;
  failures: unknown[];
  told: string[];
  read(): unknown;
  write(array: unknown): void;
  /** Lets the watch look, and waits until it is done. */
  look(): Promise<void>;
  /** Syncs, and lets both sides come together. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

const key = "notes";

function newSite() {
  const open = newServer();
  return (user: string, storage = new Map<string, string>()): Page => {
    const client = open(user);
    const clock: VirtualClock = createVirtualClock();
    const failures: unknown[] = [];
    const told: string[] = [];
    const stop = watchStorage({
      client,
      clock,
      key,
      entityType: "note",
      storage: {
        getItem: (name: string) => storage.get(name) ?? null,
        setItem: (name: string, value: string) => void storage.set(name, value),
      } as Storage,
      told: (_key, _before, now) => told.push(now),
      failed: (error) => failures.push(error),
    });
    const settle = async () => {
      // Everything between a look and its end is promises over the store in memory.
      for (let turn = 0; turn < 200; turn++) await Promise.resolve();
      await client.getLocalStats();
      for (let turn = 0; turn < 200; turn++) await Promise.resolve();
    };
    const look = async () => {
      await client.ready;
      await settle();
      clock.advance(lookEveryMs);
      await settle();
    };
    return {
      client,
      storage,
      failures,
      told,
      read: () => JSON.parse(storage.get(key) ?? "null"),
      write: (array) => void storage.set(key, JSON.stringify(array)),
      look,
      async sync() {
        await look();
        const { error } = await client.manualSync();
        assertEquals(error, undefined);
        await look();
        await client.manualSync();
        await look();
      },
      async close() {
        stop();
        await client.close();
      },
    };
  };
}

Deno.test("an array that a page keeps reaches the other device, and what that changes comes back", async () => {
  const open = newSite();
  const [phone, laptop] = [open("clara"), open("clara")];
  phone.write([{ id: "1", title: "Scales" }]);
  await phone.sync();
  await laptop.sync();
  assertEquals(laptop.read(), [{ id: "1", title: "Scales" }]);
  laptop.write([{ id: "1", title: "Scales in thirds" }, { id: "2", title: "Arpeggios" }]);
  await laptop.sync();
  await phone.sync();
  assertEquals(phone.read(), [{ id: "1", title: "Scales in thirds" }, { id: "2", title: "Arpeggios" }]);
  assertEquals(phone.told.at(-1), phone.storage.get(key), "the page is told of what was written");
  phone.write([{ id: "2", title: "Arpeggios" }]);
  await phone.sync();
  await laptop.sync();
  assertEquals(laptop.read(), [{ id: "2", title: "Arpeggios" }]);
  for (const page of [phone, laptop]) await page.close();
});

Deno.test("edits of both sides to different fields of one item are both kept", async () => {
  const open = newSite();
  const [phone, laptop] = [open("clara"), open("clara")];
  phone.write([{ id: "1", title: "Scales", minutes: 5 }]);
  for (const page of [phone, laptop]) await page.sync();
  phone.write([{ id: "1", title: "Scales", minutes: 10 }]);
  laptop.write([{ id: "1", title: "Slow scales", minutes: 5 }]);
  for (const page of [phone, laptop, phone]) await page.sync();
  const both = [{ id: "1", title: "Slow scales", minutes: 10 }];
  assertEquals([phone.read(), laptop.read()], [both, both]);
  for (const page of [phone, laptop]) await page.close();
});

Deno.test("a key that is cleared or broken deletes nothing and is written again", async () => {
  const open = newSite();
  const page = open("clara");
  page.write([{ id: "1", title: "Scales" }]);
  await page.sync();
  for (const broken of [null, "{", '"text"', '{"id":"1"}']) {
    if (broken === null) page.storage.delete(key);
    else page.storage.set(key, broken);
    await page.sync();
    assertEquals(page.read(), [{ id: "1", title: "Scales" }], String(broken));
  }
  assertEquals(page.client.list("note").length, 1);
  await page.close();
});

Deno.test("before the first sync nothing is queued; then the server's value stands and the old array is kept", async () => {
  const open = newSite();
  const phone = open("clara");
  phone.write([{ id: "1", title: "Newer" }]);
  await phone.sync();
  const laptop = open("clara");
  laptop.write([{ id: "1", title: "Older", tempo: 60 }, { id: "2", title: "Only here" }]);
  await laptop.look();
  assertEquals(await laptop.client.changeQueue.getAllPendingChanges(), []);
  await laptop.sync();
  assertEquals(laptop.read(), [{ id: "1", title: "Newer", tempo: 60 }, { id: "2", title: "Only here" }]);
  assertEquals(JSON.parse(laptop.storage.get(`${key}:before-sync`)!)[0].title, "Older");
  for (const page of [phone, laptop]) await page.close();
});

Deno.test("another user of the browser gets their own array, and never the last one's records", async () => {
  const open = newSite();
  const storage = new Map<string, string>();
  const clara = open("clara", storage);
  clara.write([{ id: "1", title: "Clara's" }, { title: "Clara's, without an id" }]);
  await clara.sync();
  await clara.close();
  const erik = open("erik", storage);
  await erik.sync();
  assertEquals(erik.read(), []);
  assertEquals(erik.client.list("note"), []);
  assertEquals(
    JSON.parse(storage.get(`${key}:before-sync`)!).length,
    2,
    "nothing of the page's is lost by it",
  );
  erik.write([{ id: "9", title: "Erik's" }]);
  await erik.sync();
  await erik.close();
  const again = open("clara", storage);
  await again.sync();
  assertEquals(again.read(), [{ id: "1", title: "Clara's" }]);
  await again.close();
});

Deno.test("an item that cannot be queued is told of once, stays in the array, and holds nothing up", async () => {
  const open = newSite();
  const page = open("clara");
  page.write([]);
  await page.sync();
  const bad = { id: "bad\u0007", title: "Control character in its id" };
  page.write([bad, { id: "2", title: "Good" }]);
  await page.sync();
  await page.sync();
  assertEquals(page.read(), [bad, { id: "2", title: "Good" }]);
  assertEquals(page.client.list("note").length, 1);
  assertEquals(page.failures.length, 1);
  await page.close();
});

Deno.test("an edit that cannot be queued stays in the array, and its record lives on", async () => {
  const open = newSite();
  const page = open("clara");
  page.write([{ id: "1", title: "Scales" }]);
  await page.sync();
  const edited = { id: "1", title: "Scales", tooLarge: 2 ** 60 };
  page.write([edited]);
  await page.sync();
  await page.sync();
  assertEquals(page.read(), [edited]);
  assertEquals(page.client.list("note"), [{ id: "1", title: "Scales" }]);
  assertEquals(page.failures.length, 1);
  page.write([edited, { id: "2", title: "Other" }]);
  await page.sync();
  assertEquals(page.client.list("note").length, 2, "refused is not deleted");
  page.write([{ id: "1", title: "Slow scales" }]);
  await page.sync();
  assertEquals(page.client.list("note"), [{ id: "1", title: "Slow scales" }]);
  await page.close();
});
