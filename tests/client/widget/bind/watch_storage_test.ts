import { assertEquals } from "@std/assert";
import { memoryStore } from "../../../../client/mod.ts";
import { entityType, key, newSite, noteKey, PageStorage, type WatchedPage } from "./watched_page.ts";

const copyKey = `${key}:before-sync`;
const titles = (page: WatchedPage) => page.client.list(entityType).map(({ title }) => title);

/** A page in which one person after the other signs in. */
async function sharedPage(first: string) {
  let user: string | null = first;
  const open = newSite();
  const page = open({ user: () => user });
  await page.sync();
  return {
    open,
    page,
    async logout() {
      user = null;
      await page.client.logout();
      await page.look();
    },
    async signIn(name: string) {
      user = name;
      await page.client.signIn();
      await page.look();
    },
    /** Begins to, without waiting. */
    startSignIn(name: string) {
      user = name;
      return page.client.signIn();
    },
  };
}

Deno.test("an array that a page keeps reaches the other device, and what that changes comes back", async () => {
  const open = newSite();
  const [phone, laptop] = [open({ user: "clara" }), open({ user: "clara" })];
  phone.write([{ id: "1", title: "Scales" }]);
  await phone.sync();
  await laptop.sync();
  assertEquals(laptop.read(), [{ id: "1", title: "Scales" }]);
  laptop.write([{ id: "1", title: "Scales in thirds" }, { id: "2", title: "Arpeggios" }]);
  await laptop.sync();
  await phone.sync();
  assertEquals(phone.read(), [{ id: "1", title: "Scales in thirds" }, { id: "2", title: "Arpeggios" }]);
  assertEquals(phone.told.at(-1), phone.storage.getItem(key), "the page is told of what was written");
  phone.write([{ id: "2", title: "Arpeggios" }]);
  await phone.sync();
  await laptop.sync();
  assertEquals(laptop.read(), [{ id: "2", title: "Arpeggios" }]);
  for (const page of [phone, laptop]) await page.close();
});

Deno.test("edits of both sides to different fields of one item are both kept", async () => {
  const open = newSite();
  const [phone, laptop] = [open({ user: "clara" }), open({ user: "clara" })];
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
  const page = open({ user: "clara" });
  page.write([{ id: "1", title: "Scales" }]);
  await page.sync();
  for (const broken of [null, "{", '"text"', '{"id":"1"}']) {
    if (broken === null) page.storage.texts.delete(key);
    else page.storage.setItem(key, broken);
    await page.sync();
    assertEquals(page.read(), [{ id: "1", title: "Scales" }], String(broken));
    assertEquals(page.storage.getItem(copyKey), broken, "what was there is kept");
  }
  assertEquals(titles(page), ["Scales"]);
  await page.close();
});

Deno.test("before the first sync nothing is queued; then the server's value stands and the old array is kept", async () => {
  const open = newSite();
  const phone = open({ user: "clara" });
  phone.write([{ id: "1", title: "Newer" }]);
  await phone.sync();
  assertEquals(phone.storage.getItem(copyKey), null, "nothing was taken from it, so no copy is kept");
  const laptop = open({ user: "clara" });
  laptop.write([{ id: "1", title: "Older", tempo: 60 }, { id: "2", title: "Only here" }]);
  assertEquals(await laptop.pending(), []);
  await laptop.sync();
  assertEquals(laptop.read(), [{ id: "1", title: "Newer", tempo: 60 }, { id: "2", title: "Only here" }]);
  assertEquals(JSON.parse(laptop.storage.getItem(copyKey)!)[0].title, "Older");
  for (const page of [phone, laptop]) await page.close();
});

Deno.test("what is no array when it is first met is kept before it is written over", async () => {
  const page = newSite()({ user: "clara" });
  page.storage.setItem(key, '{"theme":"dark"}');
  await page.sync();
  assertEquals([page.read(), page.storage.getItem(copyKey)], [[], '{"theme":"dark"}']);
  await page.close();
});

Deno.test("an item that the page edits while it is stored is created once, and then edited", async () => {
  const page = newSite()({ user: "clara" });
  page.write([]);
  await page.sync();
  page.write([{ id: "1", title: "One" }]);
  const stop = page.client.subscribe(entityType, () => {
    stop();
    page.write([{ id: "1", title: "One more word" }]);
  });
  assertEquals(await page.pending(), [
    ["CREATED", "1", { id: "1", title: "One" }],
    ["UPDATED", "1", { title: "One more word" }],
  ]);
  await page.close();
});

Deno.test("what the page writes while it is told of a change is not missed", async () => {
  const open = newSite();
  const [page, other] = [open({ user: "clara" }), open({ user: "clara" })];
  await page.sync();
  other.write([{ id: "1", title: "Other" }]);
  await other.sync();
  page.onTold = () => {
    page.onTold = () => {};
    page.write([...page.read(), { id: "2", title: "Added by the listener" }]);
  };
  await page.client.manualSync();
  await page.look();
  assertEquals(await page.pending(), [["CREATED", "2", { id: "2", title: "Added by the listener" }]]);
  for (const each of [page, other]) await each.close();
});

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

Deno.test("what the page edits during a first meeting is an edit, and the rest of the item is not", async () => {
  const open = newSite();
  const [phone, laptop] = [open({ user: "clara" }), open({ user: "clara" })];
  phone.write([{ id: "1", title: "Newer", tempo: 90 }]);
  await phone.sync();
  laptop.write([{ id: "1", title: "Older", tempo: 60 }, { id: "2", title: "Only here" }]);
  const stop = laptop.client.subscribe(entityType, ({ ids }) => {
    if (!ids.includes("2")) return;
    stop();
    laptop.write([{ id: "1", title: "Newest", tempo: 60 }, { id: "2", title: "Only here" }]);
  });
  await laptop.sync();
  assertEquals(laptop.read(), [{ id: "1", title: "Newest", tempo: 90 }, { id: "2", title: "Only here" }]);
  for (const each of [phone, laptop]) await each.close();
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

Deno.test("what a user wrote in the second before a logout is no other user's, and theirs when they are back", async () => {
  const { page, logout, signIn } = await sharedPage("clara");
  page.write([{ id: "1", title: "Clara's" }, { id: "2", title: "Old" }, { id: "3", title: "Gone soon" }]);
  await page.sync();
  page.write([
    { id: "1", title: "Clara's secret" },
    { id: "2", title: "Old" },
    { id: "4", title: "Last" },
    "x",
  ]);
  await logout();
  assertEquals(page.read(), [], "nobody's");
  await signIn("erik");
  await page.sync();
  assertEquals([page.read(), titles(page)], [[], []]);
  await logout();
  await signIn("clara");
  await page.sync();
  assertEquals(titles(page), ["Clara's secret", "Old", "Last"]);
  assertEquals(page.read().includes("x"), true, "what has no id, too");
  await page.close();
});

Deno.test("what a user wrote before another's token came is not the other's", async () => {
  const { page, signIn } = await sharedPage("clara");
  page.write([{ id: "1", title: "Clara's" }]);
  await page.sync();
  page.write([{ id: "1", title: "Clara's" }, { id: "2", title: "Clara's secret" }]);
  await signIn("erik");
  page.write([...page.read(), { id: "9", title: "Erik's first" }]);
  await page.sync();
  assertEquals([page.read(), titles(page)], [[{ id: "9", title: "Erik's first" }], ["Erik's first"]]);
  await signIn("clara");
  await page.sync();
  assertEquals(titles(page), ["Clara's", "Clara's secret"]);
  await page.close();
});

Deno.test("a switch at any moment of a first queueing gives the next user nothing", async () => {
  for (let turns = 0; turns < 60; turns += 3) {
    const { page, signIn, startSignIn } = await sharedPage("clara");
    const items = Array.from({ length: 5 }, (_, i) => ({ id: `${i}`, title: "Clara's" }));
    page.write(items);
    const looking = page.look();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    const switching = startSignIn("erik");
    await looking;
    await switching;
    await page.sync();
    assertEquals([page.read(), titles(page)], [[], []], `after ${turns} turns`);
    await signIn("clara");
    await page.sync();
    assertEquals(page.client.list(entityType).length, 5);
    await page.close();
  }
});

Deno.test("what is written while nobody is signed in belongs to who signs in next", async () => {
  const { page, logout, signIn } = await sharedPage("clara");
  page.write([{ id: "1", title: "Clara's" }]);
  await page.sync();
  await logout();
  page.write([{ id: "2", title: "Nobody's yet" }]);
  await page.look();
  await signIn("erik");
  await page.sync();
  assertEquals([page.read(), titles(page)], [[{ id: "2", title: "Nobody's yet" }], ["Nobody's yet"]]);
  await page.close();
});

Deno.test("a page that empties its array after a logout deletes nothing of who was there", async () => {
  const { page, logout, signIn } = await sharedPage("clara");
  page.write([{ id: "1", title: "Clara's" }]);
  await page.sync();
  await logout();
  page.write([]);
  await page.look();
  await signIn("clara");
  await page.sync();
  assertEquals(page.read(), [{ id: "1", title: "Clara's" }]);
  await page.close();
});

Deno.test("what another device deleted while a user was signed out here does not come back with them", async () => {
  const { open, page, logout, signIn } = await sharedPage("clara");
  page.write([{ id: "1", title: "One" }, { id: "2", title: "Two" }]);
  await page.sync();
  await logout();
  const other = open({ user: "clara" });
  await other.sync();
  other.write([{ id: "2", title: "Two" }]);
  await other.sync();
  await signIn("clara");
  await page.sync();
  await other.sync();
  assertEquals([page.read(), other.read()], [[{ id: "2", title: "Two" }], [{ id: "2", title: "Two" }]]);
  for (const each of [page, other]) await each.close();
});

Deno.test("a page whose token has not come yet is nobody's, and its array stays", async () => {
  const open = newSite();
  const storage = new PageStorage();
  const first = open({ user: "clara", storage });
  first.write([{ id: "1", title: "Clara's" }]);
  await first.sync();
  await first.close();
  const again = open({ user: () => null, storage });
  await again.look();
  assertEquals(again.read(), [{ id: "1", title: "Clara's" }]);
  await again.close();
});

Deno.test("another user of the browser gets their own array, and never the last one's records", async () => {
  const open = newSite();
  const storage = new PageStorage();
  const clara = open({ user: "clara", storage });
  clara.write([{ id: "1", title: "Clara's" }, { title: "Clara's, without an id" }]);
  await clara.sync();
  await clara.close();
  const erik = open({ user: "erik", storage });
  await erik.sync();
  assertEquals([erik.read(), titles(erik)], [[], []]);
  erik.write([{ id: "9", title: "Erik's" }]);
  await erik.sync();
  await erik.close();
  const again = open({ user: "clara", storage });
  await again.sync();
  assertEquals(again.read(), [{ id: "1", title: "Clara's" }, { title: "Clara's, without an id" }]);
  await again.close();
});

Deno.test("of tabs with different users the array is the later one's, and goes to and fro no more", async () => {
  const open = newSite();
  const storage = new PageStorage();
  const clara = open({ user: "clara", storage });
  clara.write([{ id: "1", title: "Clara's" }]);
  await clara.sync();
  const erik = open({ user: "erik", storage });
  await erik.sync();
  erik.write([{ id: "9", title: "Erik's" }]);
  await clara.sync();
  await erik.sync();
  await clara.sync();
  assertEquals([titles(clara), titles(erik)], [["Clara's"], ["Erik's"]]);
  assertEquals(erik.read(), [{ id: "9", title: "Erik's" }]);
  for (const each of [clara, erik]) await each.close();
});

Deno.test("two tabs that see one new item make one record of it, without a conflict", async () => {
  const open = newSite();
  const [storage, store] = [new PageStorage(), memoryStore()];
  const tabs = [open({ user: "clara", storage, store }), open({ user: "clara", storage, store })];
  for (const tab of tabs) await tab.sync();
  tabs[0]!.write([{ id: "1", title: "One" }]);
  await Promise.all(tabs.map((tab) => tab.look()));
  for (const tab of tabs) await tab.sync();
  for (const tab of tabs) {
    assertEquals([titles(tab), tab.client.conflicts.list(), tab.read()], [["One"], [], [{
      id: "1",
      title: "One",
    }]]);
  }
  for (const tab of tabs) await tab.close();
});

Deno.test("an item that cannot be queued is told of once, stays in the array, and holds nothing up", async () => {
  const page = newSite()({ user: "clara" });
  page.write([]);
  await page.sync();
  const bad = { id: "bad\u0007", title: "Control character in its id" };
  page.write([bad, { id: "2", title: "Good" }]);
  await page.sync();
  await page.sync();
  assertEquals(page.read(), [bad, { id: "2", title: "Good" }]);
  assertEquals(titles(page), ["Good"]);
  assertEquals(page.failures.length, 1);
  page.storage.texts.delete(key);
  await page.sync();
  assertEquals(page.read().length, 2, "a key that is cleared takes it along as little");
  await page.close();
});

Deno.test("an edit that cannot be queued stays in the array, and its record lives on", async () => {
  const page = newSite()({ user: "clara" });
  page.write([{ id: "1", title: "Scales" }]);
  await page.sync();
  const edited = { id: "1", title: "Scales", tooLarge: 2 ** 60 };
  page.write([edited]);
  await page.sync();
  await page.sync();
  assertEquals(page.read(), [edited]);
  assertEquals(page.client.list(entityType), [{ id: "1", title: "Scales" }]);
  assertEquals(page.failures.length, 1);
  page.write([edited, { id: "2", title: "Other" }]);
  await page.sync();
  assertEquals(page.client.list(entityType).length, 2, "refused is not deleted");
  page.write([{ id: "1", title: "Slow scales" }]);
  await page.sync();
  assertEquals(page.client.list(entityType), [{ id: "1", title: "Slow scales" }]);
  assertEquals(page.storage.getItem(noteKey)!.includes("tooLarge"), false);
  await page.close();
});
