import { assertEquals, assertStrictEquals } from "@std/assert";
import { syncStates, type SyncStatus } from "../../../client/sync_client_api.ts";
import { FakeSyncClient } from "./fake_sync_client.ts";
import { defineOnce } from "./define_once.ts";
import { showElement } from "./element_page.ts";
import type { TokenRequestEvent } from "../../../client/widget/element_events.ts";
import { sharedClient } from "../../../client/widget/client_registry.ts";

Deno.test("every state is drawn with its label and a shape", async () => {
  const page = await showElement();
  const shapes = new Set<string>();
  for (const state of syncStates) {
    page.client.set({ state, pending: 1, failed: 1, conflicts: 1 });
    page.clock.advance(3000);
    await page.drawn();
    const label = page.text("button .label");
    assertEquals(label.length > 0, true, `'${state}' has no label`);
    shapes.add(page.element.shadowRoot!.querySelector("button path")!.getAttribute("d")!);
  }
  assertEquals(shapes.size, 9);
  page.remove();
});

Deno.test("the label follows the client, and counts", async () => {
  const page = await showElement();
  assertEquals(page.text("button .label"), "All changes saved");
  page.client.set({ state: "pending", pending: 2 });
  await page.drawn();
  assertEquals(page.text("button .label"), "2 waiting to sync");
  page.remove();
});

Deno.test("trouble goes into the status region, saving does not", async () => {
  const page = await showElement();
  page.client.set({ state: "pending", pending: 2 });
  await page.drawn();
  assertEquals(page.text("[role=status]"), "");
  page.client.set({ state: "failed", failed: 1 });
  await page.drawn();
  assertEquals(page.text("[role=status]"), "1 couldn't be saved");
  page.client.set({ state: "storage" });
  await page.drawn();
  assertEquals([page.text("[role=status]"), page.text("[role=alert]")], ["", "Not saved on this device"]);
  page.remove();
});

Deno.test("the regions are written when what they say changes, not whenever the element is drawn", async () => {
  const page = await showElement();
  page.client.set({ state: "storage" });
  await page.drawn();
  const region = page.element.shadowRoot!.querySelector("[role=alert]")!;
  const said = region.firstChild;
  page.client.set({ state: "storage", pending: 1 });
  await page.drawn();
  page.element.requestUpdate();
  await page.drawn();
  assertStrictEquals(region.firstChild, said);
  assertEquals(said?.textContent, "Not saved on this device");
  page.remove();
});

Deno.test("a click syncs now; signed out it asks for a sign-in; paused it leaves the pause alone", async () => {
  const page = await showElement();
  page.click("button");
  assertEquals(page.client.calls, ["manualSync"]);
  page.client.set({ state: "paused", pausedBy: "site" });
  page.click("button");
  page.client.set({ state: "auth" });
  page.click("button");
  assertEquals(page.client.calls, ["manualSync"]);
  page.remove();
});

Deno.test("a click that closes the panel does not sync", async () => {
  const page = await showElement();
  await page.toggle("open");
  page.click("button");
  assertEquals(page.client.calls, []);
  page.remove();
});

Deno.test("without a panel the click does what the state asks for", async () => {
  const page = await showElement({ "no-panel": "" });
  assertEquals(page.element.shadowRoot!.querySelector("#panel"), null);
  page.client.set({ state: "paused", pausedBy: "site" });
  page.click("button");
  page.client.set({ state: "auth" });
  page.click("button");
  page.element.addEventListener("sync-auth-required", (event) => event.preventDefault(), { once: true });
  page.click("button");
  assertEquals(page.client.calls, ["resume", "signIn"]);
  page.remove();
});

Deno.test("the paused attribute pauses, taking it away resumes, and its absence says nothing", async () => {
  const page = await showElement();
  assertEquals(page.client.calls, []);
  page.element.toggleAttribute("paused", true);
  await page.drawn();
  page.element.toggleAttribute("paused", false);
  await page.drawn();
  assertEquals(page.client.calls, ["pause", "resume"]);
  page.remove();
});

Deno.test("who resumes while the paused attribute is there is not paused again by the next draw", async () => {
  const page = await showElement({ paused: "" });
  assertEquals(page.client.calls, ["pause"]);
  page.client.set({ state: "paused", pausedBy: "site" });
  await page.toggle("open");
  page.clock.advance(3000);
  await page.drawn();
  assertEquals(page.client.calls, ["pause"]);
  page.click("#panel button.main");
  page.client.set({ state: "pending", pending: 1 });
  await page.drawn();
  assertEquals(page.client.calls, ["pause", "resume"]);
  page.element.paused = false;
  await page.drawn();
  page.element.paused = true;
  await page.drawn();
  assertEquals(page.client.calls, ["pause", "resume", "resume", "pause"]);
  page.remove();
});

Deno.test("another client of an element with the paused attribute is paused too", async () => {
  const page = await showElement({ paused: "" });
  const other = new FakeSyncClient();
  page.element.client = other.asClient;
  await page.drawn();
  assertEquals([page.client.calls, other.calls], [["pause"], ["pause"]]);
  page.remove();
});

Deno.test("changes that wait too long turn stale", async () => {
  const page = await showElement({ "stale-after": "2" });
  const oldestPendingAt = page.clock.wallMs();
  page.client.set({ state: "retrying", pending: 1, oldestPendingAt });
  assertEquals(page.element.status.state, "retrying");
  page.clock.advance(3 * 3_600_000);
  page.client.set({ state: "retrying", pending: 1, oldestPendingAt });
  await page.drawn();
  assertEquals(page.element.status.state, "stale");
  assertEquals(page.text("button .label"), "1 unsynced for 3 hours");
  page.remove();
});

Deno.test("the element alone says when a change is stale, also after the client calls it so", async () => {
  const page = await showElement({ "stale-after": "72" });
  const hours = (ago: number) => page.clock.wallMs() - ago * 3_600_000;
  const stateAt = (ago: number, parts: Partial<SyncStatus> = {}) => {
    page.client.set({ state: "stale", pending: 1, oldestPendingAt: hours(ago), ...parts });
    return page.element.status.state;
  };
  const step = (what: string) => ({ at: 0, what, detail: {} });
  assertEquals(stateAt(72), "stale");
  assertEquals(stateAt(30), "pending");
  assertEquals(stateAt(30, { online: false }), "offline");
  assertEquals(stateAt(30, { nextAttemptAt: page.clock.wallMs() + 1000 }), "retrying");
  page.client.steps = [step("applied"), step("failed"), step("synced"), step("queued")];
  page.client.isSyncing = true;
  assertEquals(stateAt(30), "retrying", "the next attempt does not hide that the last one failed");
  page.client.steps = [step("failed"), step("applied"), step("queued")];
  page.client.isSyncing = false;
  assertEquals(stateAt(30), "pending");
  page.client.setSyncing(true);
  assertEquals(page.element.status.state, "syncing");
  page.clock.advance(400);
  await page.drawn();
  assertEquals(page.text("button .label"), "Saving 1…", "though no status was told");
  page.client.setSyncing(false);
  page.clock.advance(600);
  await page.drawn();
  assertEquals(page.text("button .label"), "1 waiting to sync");
  page.remove();
});

Deno.test("without stale-after, or with none that is a number, a change is stale after a day", async () => {
  const page = await showElement({ "stale-after": "2" });
  const stateAt = (ago: number) => {
    page.client.set({ state: "pending", pending: 1, oldestPendingAt: page.clock.wallMs() - ago * 3_600_000 });
    return page.element.status.state;
  };
  assertEquals([stateAt(1), stateAt(3)], ["pending", "stale"]);
  page.element.removeAttribute("stale-after");
  assertEquals([stateAt(3), stateAt(25)], ["pending", "stale"]);
  for (const hours of ["", "a day", "0"]) {
    page.element.setAttribute("stale-after", hours);
    assertEquals([stateAt(3), stateAt(25)], ["pending", "stale"], hours);
  }
  Object.assign(page.element, { staleAfter: undefined });
  assertEquals([stateAt(3), stateAt(25)], ["pending", "stale"]);
  page.remove();
});

Deno.test("events of the client bubble out of the element under their public names", async () => {
  const page = await showElement();
  const heard: string[] = [];
  const listen = (event: Event) => heard.push(event.type);
  const names = ["sync-status-change", "sync-change-applied", "sync-change-rejected", "sync-conflict"];
  for (const name of names) document.addEventListener(name, listen);
  page.client.set({ state: "pending", pending: 1 });
  for (const type of ["applied", "rejected", "conflict"]) page.client.dispatchEvent(new CustomEvent(type));
  for (const name of names) document.removeEventListener(name, listen);
  assertEquals(heard, names);
  page.remove();
});

Deno.test("every method asks the client for what it is called after", async () => {
  const page = await showElement();
  const { element } = page;
  await element.sync();
  await element.pause();
  await element.resume();
  await element.retry("change-1");
  assertEquals(await element.discard("change-1"), true);
  await element.resolve("conflict-1", "theirs");
  await element.exportLog();
  await element.exportLog({ values: true });
  element.getToken = () => "token";
  assertEquals(page.client.calls, [
    "manualSync",
    "pause",
    "resume",
    "retry change-1",
    "discard change-1",
    'resolve conflict-1 "theirs"',
    "export false",
    "export true",
    "signIn",
  ]);
  element.addEventListener("sync-before-discard", (event) => event.preventDefault(), { once: true });
  assertEquals(await element.discard("change-2"), false);
  assertEquals(page.client.calls.includes("discard change-2"), false);
  page.remove();
});

Deno.test("a sync that somebody asked for says that it checks once it takes 400 ms; a poll says nothing", async () => {
  const page = await showElement();
  const label = async (afterMs: number) => {
    page.clock.advance(afterMs);
    await page.drawn();
    return page.text("button .label");
  };
  const ends: (() => void)[] = [];
  page.client.manualSync = () => new Promise<void>((resolve) => ends.push(resolve));
  assertEquals(await label(60_000), "All changes saved");
  const asked = [page.element.sync(), page.element.sync()];
  assertEquals(await label(399), "All changes saved");
  assertEquals(await label(1), "Checking…");
  assertEquals(page.element.status.state, "synced");
  ends[0]!();
  await asked[0];
  assertEquals(await label(600), "Checking…", "the second goes on");
  ends[1]!();
  await asked[1];
  assertEquals(await label(0), "All changes saved");
  page.remove();
});

Deno.test("a sync that the client refuses is told to who asked for it", async () => {
  const page = await showElement();
  page.client.refuse.manualSync = "closed";
  const told = await page.element.sync().then(() => "", (error) => error.code);
  assertEquals(told, "closed");
  page.remove();
});

Deno.test("a removed element hears nothing and leaves no timer; put back it is up to date", async () => {
  const page = await showElement();
  await page.toggle("open");
  page.remove();
  assertEquals(page.clock.waiting, 0);
  page.client.set({ state: "pending", pending: 4 });
  document.body.append(page.element);
  await page.drawn();
  assertEquals(page.text("button .label"), "4 waiting to sync");
  page.remove();
});

Deno.test("what a page set before the element was defined survives the upgrade", async () => {
  defineOnce();
  const { SyncStatusElement } = await import("../../../client/widget/sync_status.ts");
  const client = new FakeSyncClient();
  const getToken = () => "token";
  const describe = () => "mine";
  class Early extends SyncStatusElement {}
  const early = document.createElement("early-status") as InstanceType<typeof SyncStatusElement>;
  Object.assign(early, { client: client.asClient, getToken, describe, messages: { synced: "Tout va bien" } });
  document.body.append(early);
  customElements.define("early-status", Early);
  const upgraded = document.querySelector("early-status") as InstanceType<typeof SyncStatusElement>;
  assertStrictEquals(upgraded.client, client.asClient);
  assertStrictEquals(upgraded.getToken, getToken);
  await upgraded.updateComplete;
  assertStrictEquals(upgraded.describe, describe);
  assertEquals(upgraded.shadowRoot!.querySelector(".label")!.textContent, "Tout va bien");
  upgraded.remove();
});

Deno.test("the client of an endpoint and name set before the element was defined is there with the definition", async () => {
  defineOnce();
  const { SyncStatusElement } = await import("../../../client/widget/sync_status.ts");
  const endpoint = "http://localhost/early";
  const [fake, unnamed] = [new FakeSyncClient(), new FakeSyncClient()];
  sharedClient(endpoint, "notes", () => fake.asClient);
  const { tokenSources } = sharedClient(endpoint, undefined, () => unnamed.asClient);
  const early = document.createElement("early-endpoint") as InstanceType<typeof SyncStatusElement>;
  Object.assign(early, { endpoint, name: "notes", paused: true });
  document.body.append(early);
  customElements.define("early-endpoint", class extends SyncStatusElement {});
  const upgraded = document.querySelector("early-endpoint") as InstanceType<typeof SyncStatusElement>;
  assertStrictEquals(upgraded.client, fake.asClient);
  assertEquals([fake.calls, unnamed.calls, tokenSources.size], [["pause"], [], 0]);
  upgraded.remove();
});

Deno.test('a switch that a framework has written as "false" is off', async () => {
  const page = await showElement({ paused: "false", "no-panel": "false" });
  assertEquals([page.element.paused, page.element.noPanel, page.client.calls], [false, false, []]);
  page.element.setAttribute("paused", "");
  await page.drawn();
  page.element.setAttribute("paused", "false");
  await page.drawn();
  assertEquals(page.client.calls, ["pause", "resume"]);
  page.remove();
});

Deno.test("elements of one endpoint share its client, and a page without getToken answers the token event", async () => {
  defineOnce();
  const endpoint = "http://localhost/token-event";
  const fake = new FakeSyncClient();
  const shared = sharedClient(endpoint, undefined, () => fake.asClient);
  const [one, other] = [document.createElement("sync-status"), document.createElement("sync-status")];
  for (const element of [one, other]) {
    element.endpoint = endpoint;
    document.body.append(element);
    assertStrictEquals(element.client, fake.asClient);
  }
  one.addEventListener("sync-token-request", (event) => {
    (event as unknown as { respondWith(token: string): void }).respondWith("from the event");
  });
  const answers = await Promise.all([...shared.tokenSources].map((source) => source()));
  assertEquals(answers, ["from the event", null]);
  other.remove();
  document.body.append(one);
  assertStrictEquals(one.client, fake.asClient);
  assertEquals(shared.tokenSources.size, 1);
  one.remove();
});

Deno.test("an element that is gone still gets the token from who answers on the document", async () => {
  defineOnce();
  const endpoint = "http://localhost/gone";
  const shared = sharedClient(endpoint, undefined, () => new FakeSyncClient().asClient);
  const element = document.createElement("sync-status");
  element.endpoint = endpoint;
  document.body.append(element);
  const [source] = [...shared.tokenSources];
  const answer = (token: string) => (event: TokenRequestEvent) => event.respondWith(token);
  const onDocument = answer("from the document");
  document.addEventListener("sync-token-request", onDocument);
  try {
    assertEquals(await source!(), "from the document");
    element.remove();
    assertEquals(await source!(), "from the document");
    element.addEventListener("sync-token-request", answer("from the element"));
    assertEquals(await source!(), "from the element");
  } finally {
    document.removeEventListener("sync-token-request", onDocument);
  }
});

Deno.test("a getToken that fails is told to who wrote the page, and to the client", async () => {
  defineOnce();
  const endpoint = "http://localhost/failing-token";
  const shared = sharedClient(endpoint, undefined, () => new FakeSyncClient().asClient);
  const element = document.createElement("sync-status");
  element.endpoint = endpoint;
  element.getToken = () => {
    throw new ReferenceError("app is not defined");
  };
  document.body.append(element);
  const warnings: unknown[] = [];
  const { warn } = console;
  console.warn = (...parts) => warnings.push(parts.join(" "));
  try {
    const told = await Promise.all([...shared.tokenSources].map(async (source) => {
      return await Promise.try(source).then(() => "", (error) => error.message);
    }));
    assertEquals(told, ["app is not defined"]);
  } finally {
    console.warn = warn;
  }
  assertEquals(warnings, ["<sync-status> got no token: ReferenceError: app is not defined"]);
  element.remove();
});

Deno.test("an endpoint is the same however the page writes it", () => {
  defineOnce();
  const fake = new FakeSyncClient();
  sharedClient(new URL("/relative/v2", document.baseURI).href, undefined, () => fake.asClient);
  const element = document.createElement("sync-status");
  element.endpoint = "/relative/v2";
  assertStrictEquals(element.client, fake.asClient);
});

Deno.test("another endpoint is another client", () => {
  defineOnce();
  const [first, second] = ["http://localhost/a", "http://localhost/b"].map((endpoint) => {
    const fake = new FakeSyncClient();
    sharedClient(endpoint, undefined, () => fake.asClient);
    return { endpoint, fake };
  });
  const element = document.createElement("sync-status");
  element.setAttribute("endpoint", first!.endpoint);
  document.body.append(element);
  assertStrictEquals(element.client, first!.fake.asClient);
  element.setAttribute("endpoint", second!.endpoint);
  return element.updateComplete.then(() => {
    assertStrictEquals(element.client, second!.fake.asClient);
    element.remove();
  });
});

Deno.test("a second definition warns once and changes nothing", async () => {
  defineOnce();
  const { defineSyncStatus } = await import("../../../client/widget/define.ts");
  const before = customElements.get("sync-status");
  const warnings: unknown[][] = [];
  const { warn } = console;
  console.warn = (...parts) => warnings.push(parts);
  try {
    defineSyncStatus();
  } finally {
    console.warn = warn;
  }
  assertStrictEquals(customElements.get("sync-status"), before);
  assertEquals(warnings.length, 1);
});
