import { assertEquals } from "@std/assert";
import type { SyncClient } from "../../../../client/mod.ts";
import { bindForm, typedAfterMs } from "../../../../client/widget/bind/bind_form.ts";
import { typeName } from "../../../../client/widget/bind/bindings.ts";
import { formValues } from "../../../../client/widget/bind/form_values.ts";
import { newServer } from "./in_process.ts";
import { createVirtualClock } from "../virtual_clock.ts";

const controls = `<input name="title"><textarea name="notes"></textarea><input name="bpm" type="number">
  <input name="loud" type="checkbox"><input name="days" type="checkbox" value="mon"><input name="days" type="checkbox" value="tue">
  <input name="hand" type="radio" value="left"><input name="hand" type="radio" value="right">
  <select name="key"><option value="c">C</option><option value="d">D</option></select>
  <input name="secret" type="password"><input name="card" autocomplete="cc-number"><input name="own" data-no-sync>
  <input name="token" type="hidden" value="x"><input>`;

function newForm(): HTMLFormElement {
  const form = document.createElement("form");
  form.innerHTML = controls;
  document.body.append(form);
  return form;
}

async function bound(open: (user: string) => SyncClient) {
  const client = open("clara");
  const form = newForm();
  const clock = createVirtualClock();
  const failures: unknown[] = [];
  const failed = (error: unknown) => failures.push(error);
  const stop = bindForm({ client, clock, form, entityType: "settings", entityId: "form", failed });
  await client.ready;
  const field = (name: string) => form.querySelector<HTMLInputElement>(`[name=${name}]`)!;
  return {
    client,
    form,
    clock,
    field,
    failures,
    enter(name: string, value: string, type = "change") {
      field(name).value = value;
      field(name).dispatchEvent(new Event(type, { bubbles: true }));
    },
    pending: async () => {
      for (let turn = 0; turn < 200; turn++) await Promise.resolve();
      return (await client.changeQueue.getAllPendingChanges()).map(({ type, data }) => ({ type, data }));
    },
    async close() {
      stop();
      form.remove();
      await client.close();
    },
  };
}

const empty = { title: "", notes: "", bpm: null, loud: false, days: [], hand: null, key: "c" };

Deno.test("every kind of control has a value of its kind; private ones have none", () => {
  const form = newForm();
  assertEquals(formValues(form), empty);
  form.querySelector<HTMLInputElement>("[value=tue]")!.checked = true;
  form.querySelector<HTMLInputElement>("[value=right]")!.checked = true;
  form.querySelector<HTMLInputElement>("[name=bpm]")!.value = "60";
  assertEquals(formValues(form), { ...empty, days: ["tue"], hand: "right", bpm: 60 });
  form.remove();
});

Deno.test("the first edit creates the record with the whole form, later ones write what changed", async () => {
  const page = await bound(newServer());
  assertEquals(await page.pending(), [], "a form that nobody touched is not queued");
  page.enter("title", "Scales");
  assertEquals(await page.pending(), [{ type: "CREATED", data: { ...empty, title: "Scales" } }]);
  await page.client.manualSync();
  page.enter("bpm", "72");
  assertEquals(await page.pending(), [{ type: "UPDATED", data: { bpm: 72 } }]);
  assertEquals(page.failures, []);
  await page.close();
});

Deno.test("typing is queued once it pauses, and at once when the form goes", async () => {
  const page = await bound(newServer());
  page.enter("title", "S", "input");
  page.clock.advance(typedAfterMs - 1);
  page.enter("title", "Sc", "input");
  page.clock.advance(typedAfterMs - 1);
  assertEquals(await page.pending(), []);
  page.clock.advance(1);
  assertEquals((await page.pending()).map(({ data }) => data?.title), ["Sc"]);
  assertEquals(page.clock.waiting, 0);
  await page.close();
});

Deno.test("the form follows the other device, except for what somebody is typing", async () => {
  const open = newServer();
  const [phone, laptop] = [await bound(open), await bound(open)];
  phone.enter("title", "Scales");
  await phone.pending();
  await phone.client.manualSync();
  await laptop.client.manualSync();
  assertEquals(laptop.field("title").value, "Scales");
  laptop.enter("title", "Laptop is typ", "input");
  phone.enter("title", "Phone");
  phone.enter("bpm", "90");
  await phone.pending();
  await phone.client.manualSync();
  await laptop.client.manualSync();
  assertEquals([laptop.field("title").value, laptop.field("bpm").value], ["Laptop is typ", "90"]);
  for (const page of [phone, laptop]) await page.close();
});

Deno.test("a name makes a valid entity type", () => {
  assertEquals(["My notes", "app:entries", "7up", "…", "ÄÖ"].map(typeName), [
    "my_notes",
    "app_entries",
    "up",
    "record",
    "record",
  ]);
});
