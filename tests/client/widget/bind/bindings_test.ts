import { assertEquals } from "@std/assert";
import type { SyncClient } from "../../../../client/mod.ts";
import { type BindingOptions, startBindings } from "../../../../client/widget/bind/bindings.ts";
import { missedAfterMs } from "../../../../client/widget/bind/follow_form.ts";
import { typeName } from "../../../../client/widget/bind/type_name.ts";
import { createVirtualClock } from "../virtual_clock.ts";
import { newServer, settle } from "./in_process.ts";

/** Starts bindings, without a console; returns what was said on it. */
async function started(
  options: Partial<BindingOptions>,
  work: (page: {
    client: SyncClient;
    said: string[];
    clock: ReturnType<typeof createVirtualClock>;
    stop(): void;
    pending(): Promise<unknown[]>;
  }) => Promise<void>,
) {
  const said: string[] = [];
  const { error } = console;
  console.error = (...words) => said.push(words.map(String).join(" "));
  const client = newServer()("clara");
  const clock = createVirtualClock();
  try {
    await client.ready;
    await client.manualSync();
    const stop = startBindings({
      ...{ client, clock, root: document, bind: null, watchStorage: null, entityType: null },
      ...options,
    });
    const pending = async () => {
      await settle();
      return (await client.changeQueue.getAllPendingChanges()).map(({ data }) => data);
    };
    await work({ client, said, clock, stop, pending });
    stop();
  } finally {
    console.error = error;
    await client.close();
  }
}

function addForm(id: string): HTMLInputElement {
  const form = document.createElement("form");
  form.id = id;
  form.innerHTML = '<input name="title">';
  document.body.append(form);
  return form.querySelector("input")!;
}

function enter(input: HTMLInputElement, value: string): void {
  input.value = value;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

Deno.test("a form that comes later is bound when it comes, and so is the one in its place", async () => {
  await started({ bind: "#later" }, async ({ said, pending, clock, stop }) => {
    const input = addForm("later");
    await settle();
    enter(input, "One");
    assertEquals(await pending(), [{ title: "One" }]);
    input.form!.remove();
    const next = addForm("later");
    await settle();
    assertEquals(next.value, "One");
    enter(next, "Two");
    assertEquals((await pending()).at(-1), { title: "Two" });
    clock.advance(missedAfterMs);
    assertEquals(said, []);
    stop();
    enter(next, "Three");
    assertEquals((await pending()).at(-1), { title: "Two" });
    next.form!.remove();
  });
});

Deno.test("a form that does not come, and what is no form, are told on the console", async () => {
  await started({ bind: "#nowhere" }, ({ said, clock }) => {
    clock.advance(missedAfterMs);
    assertEquals(said, [
      '<sync-status>: Cannot bind the form: bind="#nowhere" must be the selector of a <form> on the page, and ' +
      "there is none yet. It is bound when it comes.",
    ]);
    return Promise.resolve();
  });
  await started({ bind: "body" }, ({ said }) => {
    assertEquals(said, [
      '<sync-status>: Cannot bind the form: bind="body" must be the selector of a <form> on the page, but is that ' +
      "of a <body>.",
    ]);
    return Promise.resolve();
  });
});

Deno.test("what cannot be bound stops nothing else, and what is bound can be let go", async () => {
  const input = addForm("settings");
  const { localStorage } = globalThis;
  const was = Object.getOwnPropertyDescriptor(globalThis, "localStorage")!;
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get: () => {
      throw new DOMException("The page is in a frame that may keep nothing.", "SecurityError");
    },
  });
  try {
    await started({ bind: "#settings", watchStorage: "notes" }, async ({ said, stop, pending }) => {
      assertEquals(said.length, 1);
      enter(input, "Bound");
      assertEquals(await pending(), [{ title: "Bound" }]);
      stop();
      enter(input, "Let go");
      assertEquals(await pending(), [{ title: "Bound" }]);
    });
  } finally {
    Object.defineProperty(globalThis, "localStorage", was);
  }
  localStorage.setItem("notes", '[{"id":"1"}]');
  await started({ bind: "###", watchStorage: "notes" }, async ({ said, pending }) => {
    assertEquals([said.length, await pending()], [1, [{ id: "1" }]]);
  });
  localStorage.clear();
  input.form!.remove();
});

Deno.test("a name makes a valid entity type, and names that lose letters do not share one", () => {
  assertEquals(["My notes", "app:entries", "notes"].map(typeName), ["my_notes", "app_entries", "notes"]);
  const names = ["7up", "…", "メモ", "予定", "メモa", "Übungen", "Abungen", "x".repeat(200), "x".repeat(201)];
  const types = names.map(typeName);
  assertEquals(new Set(types).size, names.length);
  for (const type of types) assertEquals(/^[a-z][a-z0-9_]{0,63}$/.test(type), true, type);
});

Deno.test("a form with a control of the name id is bound under its own id", async () => {
  const input = addForm("settings");
  // As browsers have it: a control's name goes before the form's own properties.
  Object.defineProperty(input.form, "id", { value: input });
  await started({ bind: "[id=settings]" }, async ({ client, said, pending }) => {
    await settle();
    enter(input, "x");
    assertEquals([said, await pending()], [[], [{ title: "x" }]]);
    const [change] = await client.changeQueue.getAllPendingChanges();
    assertEquals(change!.entityId, "settings");
  });
  input.form!.remove();
});
