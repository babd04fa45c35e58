import { assertEquals } from "@std/assert";
import { shownExchangesMax } from "../../../client/widget/panel/history_section.ts";
import { spokenBytes } from "../../../client/widget/panel/storage_section.ts";
import { type ElementPage, showElement } from "./element_page.ts";
import { changeOf } from "./fake_sync_client.ts";

async function openSection(page: ElementPage, name: "devices" | "history" | "storage"): Promise<void> {
  await page.toggle("open");
  page.element.shadowRoot!.querySelector<HTMLDetailsElement>(`.${name}`)!.open = true;
  await page.drawn();
}

function items(page: ElementPage, name: string): string[] {
  return [...page.element.shadowRoot!.querySelectorAll(`.${name} li`)].map((one) =>
    (one.textContent ?? "").replace(/\s+/g, " ").trim()
  );
}

Deno.test("devices are asked for when their section is opened, the last seen first, this one told apart", async () => {
  const page = await showElement();
  page.client.devices = [
    { deviceId: "aaaa1111-0000", lastSeenAt: "2026-01-15T11:00:00.000Z", lastKnownServerVersion: 3 },
    { deviceId: "bbbb2222-0000", lastSeenAt: "2026-01-15T11:58:00.000Z", lastKnownServerVersion: 4 },
  ];
  page.client.deviceId = "aaaa1111-0000";
  await page.toggle("open");
  assertEquals(page.client.calls, []);
  await openSection(page, "devices");
  assertEquals(page.client.calls, ["getStatus"]);
  assertEquals(items(page, "devices"), [
    "Device BBBBLast seen 2 min. ago",
    "Device AAAA This device Last seen 1 hr. ago",
  ]);
  page.remove();
});

Deno.test("devices that cannot be had say why", async () => {
  const page = await showElement();
  page.client.refuse.getStatus = "request_failed";
  await openSection(page, "devices");
  assertEquals(page.text(".devices p"), "refused: request_failed");
  page.remove();
});

Deno.test("history has the last exchanges, newest first, with what failed and nothing of other steps", async () => {
  const page = await showElement();
  const at = page.clock.wallMs();
  page.client.steps = [
    { at: at - 60_000, what: "applied", detail: { pushed: 2, pulled: 1, ms: 45 } },
    { at: at - 30_000, what: "queued", detail: {} },
    { at, what: "failed", detail: { pushed: 1, code: "offline" } },
  ];
  await openSection(page, "history");
  assertEquals(items(page, "history"), [
    "1 sent, 0 received · offline now",
    "2 sent, 1 received · 45 ms 1 min. ago",
  ]);
  page.client.steps = Array.from({ length: 80 }, () => ({ at, what: "applied", detail: {} }));
  page.client.set({ state: "synced", lastSyncTime: at });
  await page.drawn();
  assertEquals(items(page, "history").length, shownExchangesMax);
  page.remove();
});

Deno.test("storage says what the browser says, and asks to keep the data only on a click", async () => {
  const asked: string[] = [];
  let isPersistent = false;
  const storage = {
    estimate: () => Promise.resolve({ usage: 1_234_567, quota: 5_000_000_000 }),
    persisted: () => Promise.resolve(isPersistent),
    persist: () => Promise.resolve((asked.push("persist"), false)),
  };
  Object.defineProperty(navigator, "storage", { value: storage, configurable: true });
  try {
    const page = await showElement();
    await openSection(page, "storage");
    assertEquals(page.text(".storage p"), "1.23 MB of 5 GB used");
    assertEquals(asked, []);
    page.click(".storage button");
    await page.drawn();
    assertEquals(asked, ["persist"]);
    assertEquals(
      page.text(".storage [role=status]"),
      "The browser did not agree. It may once the site is bookmarked or installed.",
    );
    isPersistent = true;
    storage.persist = () => Promise.resolve(true);
    page.click(".storage button");
    await page.drawn();
    assertEquals(page.element.shadowRoot!.querySelector(".storage button"), null);
    assertEquals(page.text(".storage p + p"), "The browser keeps this data until you delete it.");
    page.remove();
  } finally {
    Reflect.deleteProperty(navigator, "storage");
  }
});

Deno.test("bytes are said in the unit that fits", () => {
  const said = [0, 999, 999_600, 1_500_000, 2e15].map((bytes) => spokenBytes(bytes, "en"));
  assertEquals(said, ["0 kB", "0.999 kB", "1 MB", "1.5 MB", "2,000 TB"]);
});

Deno.test("a failed change is not listed as waiting as well", async () => {
  const page = await showElement();
  const failed = {
    ...changeOf("one"),
    code: "server_error" as const,
    reason: "The server failed.",
    failedAt: 0,
  };
  page.client.pending = [changeOf("one"), changeOf("two")];
  page.client.failed = [failed];
  page.client.set({ state: "failed", failed: 1, pending: 2 });
  await page.toggle("open");
  assertEquals(items(page, "waiting").length, 1);
  assertEquals(items(page, "notSaved").length, 1);
  page.remove();
});

Deno.test("the site's template draws a change; fields are text, also hostile ones", async () => {
  const page = await showElement();
  page.element.innerHTML =
    `<template slot="change"><b data-field="title"></b> (<i data-field="entityType"></i>)</template>`;
  page.client.pending = [changeOf("one", { data: { title: "<img src=x>" } })];
  page.client.set({ state: "pending", pending: 1 });
  await page.toggle("open");
  assertEquals(items(page, "waiting"), ["<img src=x> (goal)2 min. ago"]);
  assertEquals(page.element.shadowRoot!.querySelectorAll(".waiting img").length, 0);
  page.remove();
});

Deno.test("a row of the site's template stays the same while the panel is drawn anew, and follows its record", async () => {
  const page = await showElement();
  page.element.innerHTML =
    `<template slot="change"><a href="#goal" data-field="title"></a> <i data-field="minutes"></i></template>`;
  page.client.pending = [changeOf("one"), changeOf("two")];
  page.client.records = { one: { minutes: 5 } };
  page.client.set({ state: "pending", pending: 2 });
  await page.toggle("open");
  const root = page.element.shadowRoot!;
  const link = root.querySelector<HTMLElement>("li a")!;
  const text = link.firstChild;
  link.focus();
  page.client.pending = [changeOf("one"), changeOf("three")];
  page.client.records = { one: { minutes: 6 } };
  page.client.set({ state: "pending", pending: 2 });
  page.clock.advance(1000);
  await page.drawn();
  assertEquals([root.activeElement === link, link.firstChild === text], [true, true]);
  assertEquals(items(page, "waiting"), ["one 62 min. ago", "three 2 min. ago"]);
  await page.toggle("closed");
  await page.toggle("open");
  assertEquals(items(page, "waiting"), ["one 62 min. ago", "three 2 min. ago"]);
  page.remove();
});

Deno.test("a row of the site's template is there also where the change moves to another list, or is in two", async () => {
  const page = await showElement();
  page.element.innerHTML =
    `<template slot="change"><b data-field="title"></b>, <i data-field="type"></i></template>`;
  page.client.pending = [changeOf("one")];
  page.client.set({ state: "pending", pending: 1 });
  await page.toggle("open");
  assertEquals(items(page, "waiting"), ["one, UPDATED2 min. ago"]);
  const failed = { ...changeOf("one"), code: "server_error" as const, reason: "Failed.", failedAt: 0 };
  page.client.failed = [failed];
  page.client.open = [{
    id: failed.changeId,
    entityType: "goal",
    entityId: "one",
    reason: "same_field",
    winner: "mine",
    fields: [{ name: "title", mine: "Mine" }, { name: "type", mine: "practice" }],
    version: 1,
    noticedAt: 0,
  }];
  page.client.set({ state: "failed", failed: 1, conflicts: 1 });
  for (let time = 0; time < 2; time++) {
    await page.drawn();
    assertEquals(items(page, "notSaved")[0]!.startsWith("one, UPDATED"), true);
    // A record's own field goes before the change's of that name.
    assertEquals(items(page, "conflicts"), ["Mine, practice Compare"]);
    page.clock.advance(1000);
  }
  page.remove();
});

Deno.test("a describe that throws costs its own words alone, and is told once to who wrote it", async () => {
  const page = await showElement();
  const told: string[] = [];
  const listening = new AbortController();
  addEventListener("error", (event) => {
    event.preventDefault();
    told.push((event as ErrorEvent).error.message);
  }, listening);
  page.element.describe = ({ entityId }) => {
    if (entityId === "one") throw new Error("no title");
    return `My ${entityId}`;
  };
  page.client.pending = [changeOf("one"), changeOf("two")];
  page.client.set({ state: "pending", pending: 2 });
  await page.toggle("open");
  page.clock.advance(1000);
  await page.drawn();
  assertEquals(items(page, "waiting"), ["Edited goal: one2 min. ago", "My two2 min. ago"]);
  assertEquals(told, ["no title"]);
  listening.abort();
  page.remove();
});

Deno.test("what describe gives is text, also where it is data that looks like a template", async () => {
  const page = await showElement();
  const strings = ["<img src=x>"];
  page.element.describe = () => ({ _$litType$: 1, strings, values: [] }) as unknown as string;
  page.client.pending = [changeOf("one")];
  page.client.set({ state: "pending", pending: 1 });
  await page.toggle("open");
  assertEquals(items(page, "waiting"), ["[object Object]2 min. ago"]);
  page.remove();
});
