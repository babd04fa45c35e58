/** Puts a status on the button: its shape, its tone, its words. */
import type { SyncStatus } from "../sync_client_api.ts";
import type { ButtonNodes } from "./button_nodes.ts";
import { iconPaths } from "./icons.ts";

/** What the button says. */
export interface ButtonText {
  label: string;
  /** Language and direction of the words, which may not be the page's. */
  lang: string;
  dir: string;
}

/** Draws it. */
export function drawButton(
  { button, icon, path, label, badge, polite, alert, panel }: ButtonNodes,
  { state, pending, failed, conflicts }: SyncStatus,
  text: ButtonText,
): void {
  const tone = /storage|lost|failed/.test(state)
    ? "danger"
    : /conflict|auth|stale|retrying|offline|paused/.test(state)
    ? "warning"
    : state;
  icon.setAttribute("class", tone);
  path.setAttribute("d", iconPaths[state]);
  label.textContent = text.label;
  badge.textContent = String(failed || conflicts || pending || "");
  for (const node of [button, polite, alert, panel]) {
    node.lang = text.lang;
    node.dir = text.dir;
  }
}
