/** A bound form where localStorage is full, forbidden, or cleared by the site. */
import { assertEquals } from "@std/assert";
import { newFormSite } from "./form_page.ts";
import { PageStorage } from "./watched_page.ts";

/** A page that Clara has signed out of, with an address in her record. */
async function leftPage(storage: PageStorage | null) {
  let user: string | null = "clara";
  const page = newFormSite()({ user: () => user, storage });
  await page.sync();
  page.enter("address", "Elm Street 5");
  await page.sync();
  user = null;
  await page.client.logout();
  const signIn = () => {
    user = "clara";
    return page.client.signIn();
  };
  return { page, signIn };
}

Deno.test("a site that clears localStorage at logout loses nothing of the record of a form", async () => {
  for (const when of ["signed out", "before the first sync"]) {
    const storage = new PageStorage();
    const { page, signIn } = await leftPage(storage);
    storage.texts.clear();
    await page.settle();
    if (when === "signed out") page.enter("title", "Typed later");
    await page.settle();
    await signIn();
    await page.settle();
    if (when !== "signed out") page.enter("title", "Typed later");
    await page.sync();
    const got = [page.record, page.client.conflicts.list().length];
    await page.close();
    assertEquals(got, [{ address: "Elm Street 5", title: "Typed later" }, 0], when);
  }
});

for (const storage of [null, Object.assign(new PageStorage(), { sizeMax: 0 })]) {
  Deno.test(`what is entered on the sign-in page stands beside the record, with ${storage ? "a full" : "no"} localStorage`, async () => {
    const { page, signIn } = await leftPage(storage);
    await page.settle();
    page.enter("title", "Entered on the sign-in page");
    await page.settle();
    await signIn();
    await page.sync();
    const got = [page.record, page.client.conflicts.list().length];
    await page.close();
    assertEquals(got, [{ address: "Elm Street 5", title: "Entered on the sign-in page" }, 0]);
  });
}

Deno.test("what a user typed just before they were gone waits for them where a page may keep nothing", async () => {
  let user = "clara";
  const page = newFormSite()({ user: () => user, storage: null });
  await page.sync();
  page.enter("title", "Clara was typ", "input");
  user = "erik";
  await page.client.signIn();
  await page.sync();
  user = "clara";
  await page.client.signIn();
  await page.sync();
  const got = [page.record, page.failures.length];
  await page.close();
  assertEquals(got, [{ title: "Clara was typ" }, 0]);
});
