import { assertEquals } from "@std/assert";
import { memoryStore } from "../../../../client/mod.ts";
import { sharedPage } from "./shared_browser.ts";
import { entityType, newSite, PageStorage, titles } from "./watched_page.ts";

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
