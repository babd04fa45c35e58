/**
 * A DOM for client and widget tests: happy-dom's globals over Deno's, and an IndexedDB. Given to `deno test`
 * as `--preload` (imported from a test it would trip the sanitizers, and come too late: Lit reads the
 * globals at import). Only what a browser page has and Deno lacks is put in place; `fetch`, `Response`,
 * timers, `crypto` and streams stay Deno's own.
 */
import "fake-indexeddb/auto";
import { Window } from "happy-dom";

const page = new Window({ url: "http://localhost/" });

/** `Event`, `CustomEvent` and `EventTarget` go together: neither implementation dispatches the other's. */
const names = [
  "document",
  "customElements",
  "Node",
  "Element",
  "HTMLElement",
  "Document",
  "DocumentFragment",
  "ShadowRoot",
  "CSSStyleSheet",
  "MutationObserver",
  "Event",
  "CustomEvent",
  "EventTarget",
  "KeyboardEvent",
  "MouseEvent",
] as const;

for (const name of names) {
  Object.defineProperty(globalThis, name, { value: page[name], configurable: true, writable: true });
}
Object.defineProperty(globalThis, "window", { value: page, configurable: true, writable: true });
