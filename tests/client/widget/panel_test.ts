import { assertEquals } from "@std/assert";
import { listedChangesMax } from "../../../client/widget/panel/panel_view.ts";
import { changeOf } from "./fake_sync_client.ts";
import { showElement } from "./element_page.ts";

const failure = { code: "invalid_data" as const, reason: "A title is required.", failedAt: 0 };

Deno.test("a closed panel is empty, an open one lists what waits", async () => {
  const page = await showElement();
  page.client.pending = [changeOf("one", { type: "CREATED" }), changeOf("two", { type: "DELETED" })];
  page.client.set({ state: "pending", pending: 2 });
  assertEquals(page.text("#panel"), "");
  await page.toggle("open");
  const items = [...page.element.shadowRoot!.querySelectorAll("li span")].map((item) => item.textContent);
  assertEquals(items, ["New goal", "Deleted goal"]);
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
  assertEquals(page.element.shadowRoot!.querySelectorAll("li button").length, 2);
  page.click("li button");
  assertEquals(page.client.calls, ["retry change-one"]);
  page.remove();
});

Deno.test("discarding takes a second click, and a listener can stop it", async () => {
  const page = await showElement();
  page.client.failed = [{ ...changeOf("one"), ...failure }];
  page.client.set({ state: "failed", failed: 1 });
  await page.toggle("open");
  const discard = "li button:nth-of-type(2)";
  page.click(discard);
  await page.drawn();
  assertEquals([page.text(discard), page.client.calls], ["Discard for good?", []]);
  page.element.addEventListener("sync-before-discard", (event) => event.preventDefault(), { once: true });
  page.click(discard);
  await page.drawn();
  assertEquals([page.text(discard), page.client.calls], ["Discard", []]);
  page.click(discard);
  await page.drawn();
  page.click(discard);
  assertEquals(page.client.calls, ["discard change-one"]);
  page.remove();
});

Deno.test("each state offers its own action", async () => {
  const page = await showElement();
  await page.toggle("open");
  const offered: Record<string, string> = {};
  for (const state of ["synced", "pending", "retrying", "paused", "auth"] as const) {
    page.client.set({ state, pending: 1, pausedBy: "site" });
    await page.drawn();
    offered[state] = page.text("#panel > button");
  }
  assertEquals(offered, {
    synced: "Sync now",
    pending: "Sync now",
    retrying: "Retry now",
    paused: "Resume",
    auth: "Sign in",
  });
  page.client.set({ state: "paused", pausedBy: "service" });
  await page.drawn();
  assertEquals(page.text("#panel > button"), "");
  assertEquals(page.text("#panel > p"), "The service has paused sync");
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
