import { assertEquals } from "@std/assert";
import { listedChangesMax } from "../../../client/widget/panel/panel_view.ts";
import { changeOf } from "./fake_sync_client.ts";
import { showElement } from "./element_page.ts";

const discard = "li button:nth-of-type(3)";
const failure = { code: "invalid_data" as const, reason: "A title is required.", failedAt: 0 };

Deno.test("a closed panel is empty, an open one lists what waits", async () => {
  const page = await showElement();
  page.client.pending = [changeOf("one", { type: "CREATED" }), changeOf("two", { type: "DELETED" })];
  page.client.set({ state: "pending", pending: 2 });
  assertEquals(page.text("#panel"), "");
  await page.toggle("open");
  const items = [...page.element.shadowRoot!.querySelectorAll("li span")].map((item) => item.textContent);
  assertEquals(items, ["New goal: one", "Deleted goal: two"]);
  assertEquals(page.text("li time"), "2 min. ago");
  page.remove();
});

Deno.test("when it was last synced stands in a time element and moves on", async () => {
  const page = await showElement();
  page.client.set({ state: "synced", lastSyncTime: page.clock.wallMs() - 120_000 });
  await page.toggle("open");
  assertEquals(page.text("p time"), "Last synced 2 min. ago");
  assertEquals(
    page.element.shadowRoot!.querySelector("p time")!.getAttribute("datetime"),
    "2026-01-15T11:58:00.000Z",
  );
  page.clock.advance(60_000);
  await page.drawn();
  assertEquals(page.text("p time"), "Last synced 3 min. ago");
  page.remove();
});

Deno.test("what failed shows its reason and can be tried again", async () => {
  const page = await showElement();
  page.client.failed = [
    { ...changeOf("one"), ...failure },
    { ...changeOf("two"), ...failure, dependsOn: "change-one" },
  ];
  page.client.set({ state: "failed", failed: 2 });
  await page.toggle("open");
  assertEquals(page.text("li p"), "A title is required.");
  const buttons = [...page.element.shadowRoot!.querySelectorAll("li button")].map((one) => one.textContent);
  assertEquals(buttons, ["Retry", "Edit", "Discard"]);
  page.click("li button");
  assertEquals(page.client.calls, ["retry change-one"]);
  page.remove();
});

Deno.test("a discard takes what depends along, can be undone, and a listener can stop it", async () => {
  const page = await showElement();
  page.client.failed = [
    { ...changeOf("one", { type: "CREATED" }), ...failure },
    { ...changeOf("two", { entityId: "one" }), ...failure, dependsOn: "change-one" },
  ];
  page.client.set({ state: "failed", failed: 2 });
  await page.toggle("open");
  page.element.addEventListener("sync-before-discard", (event) => event.preventDefault(), { once: true });
  page.click(discard);
  await page.drawn();
  assertEquals([page.text("[role=status].notice, .notice"), page.client.calls], ["", []]);
  page.click(discard);
  await page.drawn();
  assertEquals(page.client.calls, ["discard change-one"]);
  assertEquals(page.text(".notice"), "Discarded: New goal: one Undo");
  page.click(".notice button");
  await page.drawn();
  assertEquals(page.client.calls.slice(1), [
    'queueChange {"type":"CREATED","entityType":"goal","entityId":"one","data":{"title":"one"}}',
    'queueChange {"type":"UPDATED","entityType":"goal","entityId":"one","data":{"title":"two"}}',
  ]);
  assertEquals(page.text(".notice"), "");
  page.remove();
});

Deno.test("an undo that fails half-way says why and can be repeated for what is left", async () => {
  const page = await showElement();
  page.client.failed = [
    { ...changeOf("one", { type: "CREATED" }), ...failure },
    { ...changeOf("two", { entityId: "one" }), ...failure, dependsOn: "change-one" },
  ];
  page.client.set({ state: "failed", failed: 2 });
  await page.toggle("open");
  page.click(discard);
  await page.drawn();
  const { queueChange } = page.client;
  page.client.queueChange = (intent) => {
    if (intent.type === "UPDATED") page.client.refuse.queueChange = "quota";
    return queueChange(intent);
  };
  page.click(".notice button");
  await page.drawn();
  assertEquals(page.text(".notice"), "refused: quota Undo");
  page.client.queueChange = queueChange;
  delete page.client.refuse.queueChange;
  page.client.calls.length = 0;
  page.click(".notice button");
  await page.drawn();
  assertEquals([page.client.calls, page.text(".notice")], [
    ['queueChange {"type":"UPDATED","entityType":"goal","entityId":"one","data":{"title":"two"}}'],
    "",
  ]);
  page.remove();
});

Deno.test("what one user has discarded is neither shown to the next nor queued as theirs", async () => {
  const page = await showElement();
  page.client.failed = [{ ...changeOf("one"), ...failure }];
  page.client.set({ state: "failed", failed: 1 });
  await page.toggle("open");
  page.click(discard);
  await page.drawn();
  assertEquals(page.text(".notice"), "Discarded: Edited goal: one Undo");
  page.client.failed = [];
  page.client.set({ state: "synced", userId: "robert" });
  await page.drawn();
  assertEquals(page.text(".notice"), "");
  page.remove();
});

Deno.test("a failed change is corrected: its values are checked, then it is sent again with them", async () => {
  const page = await showElement();
  page.client.failed = [{ ...changeOf("one", { data: { title: "", minutes: 5 } }), ...failure }];
  page.client.set({ state: "failed", failed: 1 });
  await page.toggle("open");
  page.click("li button:nth-of-type(2)");
  await page.drawn();
  assertEquals(page.text("dialog p"), "A title is required.");
  page.type("dialog textarea", "Gymnopédie");
  page.type("dialog input", "five");
  page.click("dialog footer button");
  await page.drawn();
  assertEquals(page.text("dialog .notice"), "minutes: This must be a number.");
  page.type("dialog input", "6");
  page.click("dialog footer button");
  await page.drawn();
  assertEquals(page.client.calls, ['retry change-one {"title":"Gymnopédie","minutes":6}']);
  assertEquals(page.element.shadowRoot!.querySelector("dialog")!.open, false);
  page.remove();
});

Deno.test("a correction that could not be kept leaves its dialog open, says why, and can be tried again", async () => {
  const page = await showElement();
  page.client.failed = [{ ...changeOf("one", { type: "CREATED" }), ...failure }];
  page.client.set({ state: "failed", failed: 1 });
  await page.toggle("open");
  page.click("li button:nth-of-type(2)");
  await page.drawn();
  page.client.refuse.retry = "quota";
  page.click("dialog footer button");
  await page.drawn();
  const dialog = page.element.shadowRoot!.querySelector("dialog")!;
  assertEquals([page.text("dialog .notice"), dialog.open], ["refused: quota", true]);
  delete page.client.refuse.retry;
  page.click("dialog footer button");
  await page.drawn();
  assertEquals(page.client.calls, ['retry change-one {"title":"one"}', 'retry change-one {"title":"one"}']);
  assertEquals(dialog.open, false);
  page.remove();
});

Deno.test("a correction that is refused once its dialog was left is told in the panel, and nothing opens again", async () => {
  const page = await showElement();
  page.client.failed = [{ ...changeOf("one", { type: "CREATED" }), ...failure }];
  page.client.set({ state: "failed", failed: 1 });
  await page.toggle("open");
  page.click("li button:nth-of-type(2)");
  await page.drawn();
  page.client.refuse.retry = "quota";
  page.click("dialog footer button");
  page.click("dialog footer button:last-of-type");
  await page.drawn();
  const dialog = page.element.shadowRoot!.querySelector("dialog")!;
  assertEquals([page.text("#panel > .notice"), dialog.open], ["refused: quota", false]);
  page.remove();
});

Deno.test("each state offers its own action, and the footer the three of every state", async () => {
  const page = await showElement();
  await page.toggle("open");
  const offered: Record<string, string> = {};
  for (const state of ["synced", "pending", "retrying", "paused", "auth"] as const) {
    page.client.set({ state, pending: 1, ...(state === "paused" && { pausedBy: "site" }) });
    await page.drawn();
    offered[state] = page.text("#panel > button") + " | " + page.text("#panel > footer");
  }
  assertEquals(offered, {
    synced: " | Sync now Pause Export debug log",
    pending: " | Sync now Pause Export debug log",
    retrying: "Retry now | Sync now Pause Export debug log",
    paused: "Resume | Sync now Export debug log",
    auth: "Sign in | Sync now Pause Export debug log",
  });
  page.client.set({ state: "paused", pausedBy: "service" });
  await page.drawn();
  assertEquals(page.text("#panel > button"), "");
  assertEquals(page.text("#panel > p"), "The service has paused sync");
  page.client.set({ state: "paused", pausedBy: "erased" });
  await page.drawn();
  assertEquals(page.text("#panel > button"), "Resume");
  page.remove();
});

Deno.test("the log is exported without contents, and with them only when asked for", async () => {
  const page = await showElement();
  await page.toggle("open");
  page.click("#panel > footer button:last-of-type");
  await page.drawn();
  page.click(".notice button");
  await page.drawn();
  assertEquals(page.client.calls, ["export false", "export true"]);
  page.remove();
});

Deno.test("a long flush shows how far it is", async () => {
  const page = await showElement();
  page.client.set({ state: "pending", pending: 600, progress: { done: 400, total: 1000 } });
  await page.toggle("open");
  const bar = page.element.shadowRoot!.querySelector("progress")!;
  assertEquals([bar.value, bar.max], [400, 1000]);
  page.remove();
});

Deno.test("a list is drawn up to its bound and the rest is counted", async () => {
  const page = await showElement();
  page.client.pending = Array.from({ length: listedChangesMax + 20 }, (_, n) => changeOf(String(n)));
  page.client.set({ state: "pending", pending: listedChangesMax + 20 });
  await page.toggle("open");
  assertEquals(page.element.shadowRoot!.querySelectorAll("li").length, listedChangesMax + 1);
  assertEquals(page.text("li:last-child"), "and 20 more");
  page.remove();
});

Deno.test("hostile data is shown as the text it is", async () => {
  const page = await showElement();
  const hostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
  page.client.failed = [{ ...changeOf("one", { entityType: hostile }), ...failure, reason: hostile }];
  page.client.pending = [changeOf("two", { entityType: hostile })];
  page.element.describe = (change) => change.entityId === "two" ? hostile : `${hostile}!`;
  page.element.messages = { synced: hostile, waiting: hostile };
  page.client.set({ state: "synced", storageProblem: hostile });
  await page.toggle("open");
  const root = page.element.shadowRoot!;
  assertEquals(root.querySelectorAll("img, script").length, 0);
  assertEquals(page.text("li span"), `${hostile}!`);
  assertEquals(page.text("button .label"), hostile);
  page.remove();
});
