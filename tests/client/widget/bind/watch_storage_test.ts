import { assertEquals } from "@std/assert";
import { entityType, key, newSite, noteKey, titles } from "./watched_page.ts";

const copyKey = `${key}:before-sync`;

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

Deno.test("mending a refused item does not overwrite what another device wrote meanwhile", async () => {
  const open = newSite();
  const [page, other] = [open({ user: "clara" }), open({ user: "clara" })];
  page.write([{ id: "1", title: "Scales", minutes: 5 }]);
  await page.sync();
  await other.sync();
  page.write([{ id: "1", title: "Scales", minutes: 5, tooLarge: 2 ** 60 }]);
  await page.sync();
  other.write([{ id: "1", title: "From the other device", minutes: 5 }]);
  await other.sync();
  await page.sync();
  page.write(
    (page.read() as Record<string, unknown>[]).map(({ tooLarge: _, ...item }) => ({ ...item, minutes: 10 })),
  );
  await page.sync();
  await other.sync();
  const got = other.read();
  for (const each of [page, other]) await each.close();
  assertEquals(got, [{ id: "1", title: "From the other device", minutes: 10 }]);
});
