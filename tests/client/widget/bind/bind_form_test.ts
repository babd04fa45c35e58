import { assertEquals } from "@std/assert";
import { memoryStore } from "../../../../client/mod.ts";
import { retryMs, typedAfterMs } from "../../../../client/widget/bind/form_edits.ts";
import { entityId, entityType, newFormSite } from "./form_page.ts";
import { newServer, settle } from "./in_process.ts";
import { PageStorage } from "./watched_page.ts";

Deno.test("the record has what was entered, and nothing that a form merely shows", async () => {
  const page = newFormSite()({
    user: "clara",
    html: '<input name="title"><input name="bpm" type="number" value="60">',
  });
  await page.sync();
  assertEquals(await page.pending(), [], "a form that nobody touched is not queued");
  page.enter("title", "Scales");
  assertEquals(await page.pending(), [["CREATED", { title: "Scales" }]]);
  await page.sync();
  page.enter("bpm", "72");
  assertEquals(await page.pending(), [["UPDATED", { bpm: 72 }]]);
  assertEquals(page.failures, []);
  await page.close();
});

Deno.test("typing is queued once it pauses, and at once when the form goes", async () => {
  const page = newFormSite()({ user: "clara" });
  await page.sync();
  page.enter("title", "S", "input");
  page.clock.advance(typedAfterMs - 1);
  page.enter("title", "Sc", "input");
  page.clock.advance(typedAfterMs - 1);
  assertEquals(await page.pending(), []);
  page.clock.advance(1);
  assertEquals(await page.pending(), [["CREATED", { title: "Sc" }]]);
  page.enter("title", "Sca", "input");
  page.stop();
  assertEquals((await page.pending()).at(-1), ["UPDATED", { title: "Sca" }]);
  assertEquals(page.clock.waiting, 0);
  await page.close();
});

Deno.test("the form follows the other device, except for what somebody is typing", async () => {
  const open = newFormSite();
  const [phone, laptop] = [open({ user: "clara" }), open({ user: "clara" })];
  phone.enter("title", "Scales");
  await phone.sync();
  await laptop.sync();
  assertEquals(laptop.values(), ["Scales", ""]);
  laptop.enter("title", "Laptop is typ", "input");
  phone.enter("title", "Phone");
  phone.enter("address", "Elm Street 5");
  await phone.sync();
  await laptop.client.manualSync();
  assertEquals(laptop.values(), ["Laptop is typ", "Elm Street 5"]);
  for (const page of [phone, laptop]) await page.close();
});

Deno.test("a field that somebody is at is filled when they leave it", async () => {
  const open = newFormSite();
  const [page, other] = [open({ user: "clara" }), open({ user: "clara" })];
  page.enter("title", "Dear", "input");
  page.field("title").focus();
  page.clock.advance(typedAfterMs);
  await page.sync();
  await other.sync();
  other.enter("title", "From the other device");
  await other.sync();
  await page.sync();
  assertEquals(page.values()[0], "Dear", "a pause is not the end");
  page.field("title").blur();
  page.clock.advance(0);
  assertEquals(page.values()[0], "From the other device");
  for (const each of [page, other]) await each.close();
});

Deno.test("what is typed before the form is bound stays while the field has the focus", async () => {
  const open = newServer();
  const store = memoryStore();
  const before = open("clara", store);
  await before.create(entityType, { id: entityId, title: "Old" });
  await before.close();
  const input = document.createElement("input");
  input.name = "title";
  document.body.append(input);
  input.focus();
  input.value = "Typed while the script was loading";
  const page = newFormSite()({ user: "clara", store, html: "" });
  page.form.append(input);
  input.focus();
  await page.settle();
  assertEquals(input.value, "Typed while the script was loading");
  await page.close();
});

Deno.test("a field that is removed elsewhere is as the page has it, and so is the form of a deleted record", async () => {
  const page = newFormSite()({
    user: "clara",
    html: '<input name="title" value="Untitled"><input name="address">',
  });
  await page.sync();
  page.enter("title", "Scales");
  page.enter("address", "Elm Street 5");
  await page.settle();
  await page.client.update(entityType, entityId, {}, { unset: ["title"] });
  assertEquals(page.values(), ["Untitled", "Elm Street 5"]);
  await page.client.remove(entityType, entityId);
  assertEquals(page.values(), ["Untitled", ""]);
  await page.close();
});

Deno.test("an edit before the local database is open leaves the rest of the record alone", async () => {
  const open = newServer();
  const inner = memoryStore();
  const before = open("clara", inner);
  await before.create(entityType, { id: entityId, address: "Elm Street 5" });
  await before.manualSync();
  await before.close();
  const gate = Promise.withResolvers<void>();
  const store = { open: (name: string) => gate.promise.then(() => inner.open(name)) };
  const page = newFormSite()({ user: "clara", store });
  page.enter("title", "Early");
  await settle();
  gate.resolve();
  assertEquals(await page.pending(), [["UPDATED", { title: "Early" }]]);
  assertEquals(page.values(), ["Early", "Elm Street 5"]);
  await page.close();
});

Deno.test("a page that goes in the middle of a word has it when it comes back", async () => {
  const open = newFormSite();
  const [storage, store] = [new PageStorage(), memoryStore()];
  const page = open({ user: "clara", storage, store });
  await page.sync();
  page.enter("title", "In the middle of a wo", "input");
  // Killed: nothing of it runs any more.
  await page.client.close();
  page.form.remove();
  const again = open({ user: "clara", storage, store });
  assertEquals(await again.pending(), [["CREATED", { title: "In the middle of a wo" }]]);
  assertEquals(again.values()[0], "In the middle of a wo");
  await again.close();
});

Deno.test("what there was no room for is queued later, and stays in the form until then", async () => {
  const open = newFormSite();
  const inner = memoryStore();
  let isFull = false;
  const store = {
    open: async (name: string) => {
      const opened = await inner.open(name);
      return {
        ...opened,
        transact: ((mode, work) => {
          const fault = Object.assign(new Error("full"), { name: "StorageFault", code: "quota" });
          return isFull && mode === "write" ? Promise.reject(fault) : opened.transact(mode, work);
        }) as typeof opened.transact,
      };
    },
  };
  const page = open({ user: "clara", store });
  await page.sync();
  page.enter("title", "One");
  await page.sync();
  isFull = true;
  page.enter("title", "Two");
  await page.settle();
  assertEquals([page.failures.length, page.values()[0]], [1, "Two"]);
  isFull = false;
  page.clock.advance(retryMs);
  assertEquals(await page.pending(), [["UPDATED", { title: "Two" }]]);
  await page.close();
});

Deno.test("a value that cannot be queued is told, stays in the form, and holds up no other", async () => {
  const page = newFormSite()({ user: "clara", html: '<input name="title"><input name="n" type="number">' });
  await page.sync();
  page.enter("n", "12345678901234567890", "input");
  page.enter("title", "Scales");
  assertEquals(await page.pending(), [["CREATED", { title: "Scales" }]]);
  assertEquals([page.failures.length, page.values()], [1, ["Scales", "12345678901234567890"]]);
  page.enter("n", "12");
  assertEquals((await page.pending()).at(-1), ["UPDATED", { n: 12 }]);
  await page.close();
});

Deno.test("a form that is reset writes what it shows then, and creates nothing", async () => {
  const page = newFormSite()({
    user: "clara",
    html: '<input name="title" value="Untitled"><input name="address">',
  });
  await page.sync();
  page.form.reset();
  page.clock.advance(0);
  assertEquals(await page.pending(), []);
  page.enter("title", "Scales");
  await page.sync();
  page.form.reset();
  page.clock.advance(0);
  assertEquals(await page.pending(), [["UPDATED", { title: "Untitled" }]]);
  await page.close();
});

Deno.test("a form that was let go is not filled any more", async () => {
  const page = newFormSite()({ user: "clara" });
  page.stop();
  await page.client.create(entityType, { id: entityId, title: "Later" });
  await page.settle();
  assertEquals(page.values()[0], "");
  await page.close();
});

Deno.test("a page that may keep nothing binds all the same", async () => {
  const page = newFormSite()({ user: "clara", storage: null });
  await page.sync();
  page.enter("title", "Scales");
  assertEquals(await page.pending(), [["CREATED", { title: "Scales" }]]);
  await page.close();
});
