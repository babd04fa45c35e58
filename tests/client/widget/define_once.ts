/** Defines `<sync-status>` for tests, without the warning of a second definition. */
import { defineSyncStatus } from "../../../client/widget/define.ts";

export function defineOnce(): void {
  if (!customElements.get("sync-status")) defineSyncStatus();
}
