import { assertEquals } from "@std/assert";
import { type SyncState, syncStates } from "../../../client/sync_client_api.ts";
import type { SyncStatusJsx } from "../../../client/widget/jsx.ts";
import type { SyncStatusEventMap } from "../../../client/widget/element_events.ts";
import { makeManifest, manifestFile } from "../../../scripts/make_manifest.ts";
import { repositoryRoot } from "../../../scripts/repository_root.ts";
import { changeOf } from "./fake_sync_client.ts";
import { showElement } from "./element_page.ts";

interface Named {
  name: string;
  fieldName?: string;
  kind?: string;
}
type Declaration = Record<
  "attributes" | "members" | "events" | "slots" | "cssParts" | "cssProperties" | "cssStates",
  Named[]
>;

const text = await makeManifest();
const declaration: Declaration = JSON.parse(text).modules[0].declarations[0];
const names = (kind: keyof Declaration) => declaration[kind].map(({ name }) => name).sort();
const membersOf = (kind: string) =>
  declaration.members.filter((one) => one.kind === kind).map(({ name }) => name).sort();

Deno.test("the manifest in the repository is the one that the element's comment gives", async () => {
  const stored = await Deno.readTextFile(`${repositoryRoot()}/${manifestFile}`);
  assertEquals(stored, text, "out of date: run `deno run -A scripts/make_manifest.ts`");
});

Deno.test("the manifest's attributes and members are the class's, no more and no fewer", async () => {
  const page = await showElement();
  const element = page.element as unknown as Record<string, unknown>;
  const type = page.element.constructor as typeof HTMLElement & { observedAttributes: string[] };
  assertEquals(names("attributes"), type.observedAttributes.filter((name) => name !== "clock").sort());
  for (const { fieldName } of declaration.attributes) assertEquals(fieldName! in element, true, fieldName);
  const own = Object.getOwnPropertyDescriptors(type.prototype);
  const lifecycle =
    /^(constructor|connectedCallback|disconnectedCallback|willUpdate|update|updated|createRenderRoot)$/;
  const methods = Object.entries(own).filter(([name, { value }]) =>
    typeof value === "function" && !lifecycle.test(name)
  );
  assertEquals(membersOf("method"), methods.map(([name]) => name).sort());
  for (const name of membersOf("field")) assertEquals(name in element, true, name);
  page.remove();
});

Deno.test("the manifest's events, slots, parts and states are those of the element", async () => {
  const events: Record<keyof SyncStatusEventMap, true> = {
    "sync-status-change": true,
    "sync-change-applied": true,
    "sync-change-rejected": true,
    "sync-conflict": true,
    "sync-before-discard": true,
    "sync-auth-required": true,
    "sync-token-request": true,
  };
  assertEquals(names("events"), Object.keys(events).sort());
  assertEquals(names("cssStates"), [...syncStates].sort() as SyncState[]);
  const page = await showElement();
  page.client.pending = [changeOf("one")];
  page.client.set({ state: "pending", pending: 1 });
  await page.toggle("open");
  const root = page.element.shadowRoot!;
  const slots = [...root.querySelectorAll("slot")].map((slot) => slot.name);
  // The lists read the template of this slot; it is never shown itself.
  assertEquals(names("slots"), [...slots, "change"].sort());
  const parts = new Set([...root.querySelectorAll("[part]")].map((node) => node.getAttribute("part")!));
  assertEquals(names("cssParts"), [...parts].sort());
  page.remove();
});

Deno.test("every style property of the manifest is used, and none is used that it lacks", async () => {
  const root = `${repositoryRoot()}/client/widget`;
  const files = ["styles.ts", "panel/panel_styles.ts", "review/review_styles.ts"];
  const css = (await Promise.all(files.map((file) => Deno.readTextFile(`${root}/${file}`)))).join("\n");
  assertEquals(names("cssProperties"), [...new Set(css.match(/--sync-status-\w+/g))].sort());
});

Deno.test("tags in JSX take the element's attributes, properties and events", () => {
  // Checked by the compiler: a property that the types lack does not compile.
  const tag: SyncStatusJsx = {
    endpoint: "https://sync.example/api/sync/v2",
    "stale-after": 2,
    variant: "icon",
    getToken: () => null,
    messages: { synced: "Tout va bien" },
    "onsync-conflict": (event) => event.detail.fields.length,
  };
  const names = Object.keys(tag).filter((name) => !name.startsWith("on"));
  const known = [...declaration.attributes, ...declaration.members].map(({ name }) => name);
  assertEquals(names.filter((name) => !known.includes(name)), []);
});
