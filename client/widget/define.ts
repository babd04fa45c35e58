/** Registers `<sync-status>` once. A second copy of the script, of whatever version, leaves the first in place. */
import { SyncStatusElement } from "./sync_status.ts";

/** Defines the element, or warns on the console that the page has it already. */
export function defineSyncStatus(): void {
  // Without custom elements (a server, a very old browser) the engine still works.
  const registry = globalThis.customElements as CustomElementRegistry | undefined;
  if (!registry) return;
  if (!registry.get("sync-status")) registry.define("sync-status", SyncStatusElement);
  else console.warn("<sync-status> is already defined on this page: the script is included more than once.");
}
