/** Puts `<sync-status>` elements into the test DOM and looks at what they show. */
import { loadReview } from "../../../client/widget/load_review.ts";
import { loadPanel } from "../../../client/widget/load_panel.ts";
import type { SyncStatusElement } from "../../../client/widget/sync_status.ts";
import { FakeSyncClient } from "./fake_sync_client.ts";
import { createVirtualClock, type VirtualClock } from "./virtual_clock.ts";

/** An element on the page, with a client and a clock in the test's hand. */
export interface ElementPage {
  element: SyncStatusElement;
  client: FakeSyncClient;
  clock: VirtualClock;
  /** Waits until everything asked for is drawn. */
  drawn(): Promise<void>;
  /** Text of the first match in the shadow root, white space folded; "" if there is none. */
  text(selector: string): string;
  /** Opens or closes the panel as the browser tells the element. */
  toggle(newState: "open" | "closed"): Promise<void>;
  click(selector: string): void;
  /** Types into an input, as its only content. */
  type(selector: string, typed: string): void;
  /** Checks a radio button. */
  choose(selector: string): void;
  value(selector: string): string;
  remove(): void;
}

/** Shows an element with `attributes`; remove it at the end of the test. */
export async function showElement(attributes: Record<string, string> = {}): Promise<ElementPage> {
  const { defineOnce } = await import("./define_once.ts");
  defineOnce();
  const element = document.createElement("sync-status");
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  const client = new FakeSyncClient();
  const clock = createVirtualClock();
  element.clock = clock;
  element.client = client.asClient;
  document.body.append(element);
  const root = () => element.shadowRoot!;
  const drawn = async () => {
    await element.updateComplete;
    // The panel and the review are fetched, and its lists arrive in promises of their own.
    await Promise.all([loadPanel(), loadReview()]);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    await element.updateComplete;
  };
  await drawn();
  return {
    element,
    client,
    clock,
    drawn,
    text: (selector) => (root().querySelector(selector)?.textContent ?? "").replace(/\s+/g, " ").trim(),
    async toggle(newState) {
      for (const type of ["beforetoggle", "toggle"]) {
        root().querySelector("#panel")!.dispatchEvent(Object.assign(new CustomEvent(type), { newState }));
      }
      await drawn();
    },
    click: (selector) => root().querySelector<HTMLElement>(selector)!.click(),
    type(selector, typed) {
      const input = root().querySelector<HTMLInputElement>(selector)!;
      input.value = typed;
      input.dispatchEvent(new Event("input"));
    },
    choose(selector) {
      root().querySelector(selector)!.dispatchEvent(new Event("change"));
    },
    value: (selector) => root().querySelector<HTMLInputElement>(selector)!.value,
    remove: () => element.remove(),
  };
}
