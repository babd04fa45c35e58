/** Items that a user leaves in an array: they are there when the user comes back, beside what others have written. */
import { assertEquals } from "@std/assert";
import { sharedPage } from "./shared_browser.ts";
import { entityType, key } from "./watched_page.ts";

/** A page to which Clara has come back, and which has no room for the item `1` that she had left. */
async function pageWithoutRoom() {
  const { page, signIn } = await sharedPage("clara");
  page.write([{ id: "old", title: "Old" }]);
  await page.sync();
  page.write([{ id: "old", title: "Old" }, { id: "1", text: "-".repeat(600) }]);
  await signIn("erik");
  page.storage.sizeMax = page.storage.size + 200;
  await signIn("clara");
  await page.sync();
  return { page, signIn };
}

Deno.test("a key that is missing while what was left waits for room deletes nothing", async () => {
  const { page } = await pageWithoutRoom();
  assertEquals(page.read(), [{ id: "old", title: "Old" }]);
  page.storage.texts.delete(key);
  page.storage.sizeMax = Infinity;
  await page.sync();
  assertEquals(page.client.list(entityType).map(({ id }) => id).toSorted(), ["1", "old"]);
  await page.close();
});

Deno.test("a key that goes missing while a user is away, and what they left waits for room, deletes nothing", async () => {
  const { page, signIn } = await pageWithoutRoom();
  page.storage.texts.delete(key);
  await signIn("erik");
  page.storage.sizeMax = Infinity;
  await signIn("clara");
  await page.sync();
  assertEquals(page.client.list(entityType).map(({ id }) => id).toSorted(), ["1", "old"]);
  await page.close();
});

Deno.test("what is written while nobody is signed in stays, also under an id that its user had left", async () => {
  const { page, logout, signIn } = await sharedPage("clara");
  page.write([{ id: 1, title: "Clara's last" }]);
  await logout();
  page.write([{ id: 1, title: "Nobody's yet" }]);
  await page.look();
  await signIn("clara");
  await page.sync();
  const kept = JSON.stringify([...page.storage.texts]) + JSON.stringify(page.client.list(entityType));
  await page.close();
  assertEquals(kept.includes("Nobody's yet"), true, kept);
});

Deno.test("further items of an id stay in the array of a user who goes and comes back", async () => {
  const { page, signIn } = await sharedPage("clara");
  page.write([{ id: "1", title: "First" }, { id: "1", title: "Second" }]);
  await page.sync();
  await page.sync();
  const before = page.read();
  await signIn("erik");
  await page.sync();
  await signIn("clara");
  await page.sync();
  const got = [before, page.read(), page.storage.getItem(`${key}:before-sync`)];
  await page.close();
  assertEquals(got[1], got[0], JSON.stringify(got));
});

Deno.test("an item that a page writes again after its user has gone is one item when they come back", async () => {
  const { page, logout, signIn } = await sharedPage("clara");
  page.write([{ id: "1", title: "Clara's last" }]);
  await logout();
  // The page has the array in memory, and adds to it.
  page.write([{ id: "1", title: "Clara's last" }, { id: "2", title: "One more" }]);
  await page.look();
  await signIn("clara");
  assertEquals(page.read().length, 2);
  await page.sync();
  assertEquals(page.read().length, 2);
  assertEquals(page.client.list(entityType).map(({ id }) => id).toSorted(), ["1", "2"]);
  await page.close();
});
