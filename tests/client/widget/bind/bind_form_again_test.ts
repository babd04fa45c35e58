/** Forms, and controls of them, that a page renders anew or later. */
import { assertEquals } from "@std/assert";
import { memoryStore } from "../../../../client/mod.ts";
import { bindForm } from "../../../../client/widget/bind/bind_form.ts";
import { retryMs } from "../../../../client/widget/bind/form_edits.ts";
import { entityId, entityType, type FormPage, newFormSite } from "./form_page.ts";
import { newServer, settle } from "./in_process.ts";
import { TroubledDisk } from "./troubled_store.ts";
import { PageStorage } from "./watched_page.ts";

/** Binds the form of a page once more, with a localStorage of its own. */
function bindAgain(page: FormPage, storage: PageStorage): () => void {
  return bindForm({
    client: page.client,
    clock: page.clock,
    form: page.form,
    entityType,
    entityId,
    storage: storage as unknown as Storage,
    failed() {},
  });
}

Deno.test("what a form held that is gone does not overwrite what was entered into the next one", async () => {
  const disk = new TroubledDisk();
  const page = newFormSite()({ user: "clara", store: disk.store });
  await page.sync();
  page.stop();
  const storage = new PageStorage();
  const stop = bindAgain(page, storage);
  await settle();
  disk.isFull = true;
  page.enter("title", "Old");
  await page.settle();
  // The page renders its form anew.
  stop();
  const stopAgain = bindAgain(page, storage);
  await page.settle();
  page.clock.advance(1000);
  disk.isFull = false;
  page.enter("title", "New");
  await page.sync();
  page.clock.advance(retryMs);
  await page.sync();
  const got = [page.record, page.values()[0]];
  stopAgain();
  await page.close();
  assertEquals(got, [{ title: "New" }, "New"]);
});

Deno.test("what is typed before the database is open survives a form that is rendered anew", async () => {
  const inner = memoryStore();
  const gate = Promise.withResolvers<void>();
  const storage = new PageStorage();
  const store = { open: (name: string) => gate.promise.then(() => inner.open(name)) };
  const page = newFormSite()({ user: "clara", store, storage });
  page.enter("title", "Early");
  page.stop();
  const stop = bindAgain(page, storage);
  gate.resolve();
  await page.sync();
  const got = page.record;
  stop();
  await page.close();
  assertEquals(got, { title: "Early" });
});

Deno.test("a checkbox that comes after its form leaves the others of its name checked", async () => {
  const open = newServer();
  const store = memoryStore();
  const before = open("clara", store);
  await before.create(entityType, { id: entityId, tags: ["scales", "etudes"], city: "Bonn" });
  await before.close();
  const page = newFormSite()({ user: "clara", store, html: '<input name="title">' });
  await page.settle();
  // The page has got its choices now.
  page.form.insertAdjacentHTML(
    "beforeend",
    ["scales", "etudes", "songs"].map((tag) => `<input type="checkbox" name="tags" value="${tag}">`).join(
      "",
    ) +
      '<input name="city">',
  );
  await page.settle();
  page.clock.advance(1000);
  const city = page.field("city").value;
  const songs = page.form.querySelector<HTMLInputElement>("[value=songs]")!;
  songs.checked = true;
  songs.dispatchEvent(new Event("change", { bubbles: true }));
  await page.settle();
  const got = [city, (page.record as { tags: string[] }).tags];
  await page.close();
  assertEquals(got, ["Bonn", ["scales", "etudes", "songs"]]);
});
