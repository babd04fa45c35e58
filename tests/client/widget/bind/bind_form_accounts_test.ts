import { assertEquals } from "@std/assert";
import { memoryStore } from "../../../../client/mod.ts";
import { typedAfterMs } from "../../../../client/widget/bind/form_edits.ts";
import { newFormSite } from "./form_page.ts";
import { PageStorage } from "./watched_page.ts";

/** A page in which one person after the other signs in. */
async function sharedPage(first: string) {
  let user: string | null = first;
  const open = newFormSite();
  const page = open({ user: () => user });
  await page.sync();
  return {
    page,
    async logout() {
      user = null;
      await page.client.logout();
      await page.settle();
    },
    async signIn(name: string) {
      user = name;
      await page.client.signIn();
      await page.settle();
    },
  };
}

Deno.test("the form of one user is not the next one's, and leaves nothing in their record", async () => {
  const { page, logout, signIn } = await sharedPage("clara");
  page.enter("address", "Clara's home address");
  await page.sync();
  await logout();
  assertEquals(page.values(), ["", ""]);
  await signIn("erik");
  await page.sync();
  page.enter("title", "Erik");
  await page.sync();
  assertEquals(page.record, { title: "Erik" });
  await signIn("clara");
  assertEquals(page.values(), ["", ""], "also where nobody logs out between them");
  await page.sync();
  assertEquals(page.values(), ["", "Clara's home address"]);
  await page.close();
});

Deno.test("what a user typed just before they were gone waits for them and for nobody else", async () => {
  for (const isLogout of [true, false]) {
    const { page, logout, signIn } = await sharedPage("clara");
    page.enter("address", "Clara's home address");
    await page.sync();
    page.enter("title", "Clara was typ", "input");
    if (isLogout) await logout();
    await signIn("erik");
    page.clock.advance(typedAfterMs);
    await page.sync();
    assertEquals([page.values(), page.record], [["", ""], undefined]);
    await signIn("clara");
    await page.sync();
    assertEquals(page.record, { address: "Clara's home address", title: "Clara was typ" });
    await page.close();
  }
});

Deno.test("what is entered while nobody is signed in is the next user's, beside what they had", async () => {
  const { page, logout, signIn } = await sharedPage("clara");
  page.enter("address", "Elm Street 5");
  await page.sync();
  await logout();
  page.enter("title", "Entered on the sign-in page");
  await page.settle();
  await signIn("clara");
  assertEquals(page.values(), ["Entered on the sign-in page", ""]);
  await page.sync();
  assertEquals(page.record, { address: "Elm Street 5", title: "Entered on the sign-in page" });
  assertEquals(page.client.conflicts.list(), []);
  await page.close();
});

Deno.test("the next user finds the form as the page has it, also what is not synced", async () => {
  for (const isLogout of [true, false]) {
    let user: string | null = "clara";
    const page = newFormSite()({
      user: () => user,
      html:
        '<input name="title"><input name="card" autocomplete="cc-number"><input name="pin" type="password"><textarea name="diary" data-no-sync></textarea>',
    });
    await page.sync();
    page.enter("title", "Clara");
    page.enter("card", "4111 1111 1111 1111");
    page.enter("pin", "secret");
    page.enter("diary", "Clara's diary");
    await page.sync();
    if (isLogout) {
      user = null;
      await page.client.logout();
      await page.settle();
    }
    user = "erik";
    await page.client.signIn();
    await page.sync();
    const got = [...page.values(), page.form.querySelector("textarea")!.value];
    await page.close();
    assertEquals(got, ["", "", "", ""]);
  }
});

Deno.test("what one tab has adopted at a sign-in is not adopted again by another", async () => {
  const open = newFormSite();
  const [storage, store] = [new PageStorage(), memoryStore()];
  let user: string | null = "clara";
  const first = open({ user: () => user, storage, store });
  await first.sync();
  first.enter("address", "Elm Street 5");
  await first.sync();
  user = null;
  await first.client.logout();
  await first.settle();
  first.enter("title", "Entered while signed out");
  await first.settle();
  const second = open({ user: () => user, storage, store });
  await second.settle();
  user = "clara";
  await first.client.signIn();
  await first.sync();
  first.enter("title", "Newer");
  await first.sync();
  await second.client.signIn();
  await second.sync();
  await first.sync();
  const got = [first.record, second.record];
  for (const each of [first, second]) await each.close();
  assertEquals(got[0], { address: "Elm Street 5", title: "Newer" });
});
