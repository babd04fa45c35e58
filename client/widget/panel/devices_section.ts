/** The section that says which devices sync this user's data; asked of the server when it is opened. */
import { html, nothing, repeat, type TemplateResult } from "../templates.ts";
import type { ServerStatus } from "../../../shared/mod.ts";
import type { PanelText } from "./panel_messages.ts";

/** Most devices that are drawn, the ones last seen first. */
export const listedDevicesMax = 50;

/** The devices, why there are none, or undefined while they are asked for. */
export type DevicesView =
  | { list: ServerStatus["devices"]; own: string | undefined }
  | { problem: string }
  | undefined;

/** The section; `toggled` hears whether it is open. */
export function devicesSection(
  { text, age }: { text: PanelText; age(atMs: number): readonly [string, string] },
  devices: DevicesView,
  toggled: (isOpen: boolean) => void,
): TemplateResult {
  const heard = (event: Event) => toggled((event.target as HTMLDetailsElement).open);
  return html`
    <details part="section" class="devices"
      @toggle=${heard}><summary>${text("devices")}</summary>${!devices
        ? html`<p>${text("loadingList")}</p>`
        : "problem" in devices
        ? html`<p>${devices.problem}</p>`
        : html`<ul part="list">${
          repeat(newestFirst(devices.list), ({ deviceId }) => deviceId, ({ deviceId, lastSeenAt }) => {
            const [iso, spoken] = age(Date.parse(lastSeenAt));
            const isOwn = deviceId === devices.own;
            return html`<li part="item"><span>${
              text("device", { what: deviceId.slice(0, 4).toUpperCase() })
            }${
              isOwn
                ? html`
                  <b>${text("thisDevice")}</b>
                `
                : nothing
            }</span><time datetime=${iso}>${text("lastSeen", { when: spoken })}</time></li>`;
          })
        }</ul>`}</details>
  `;
}

function newestFirst(devices: ServerStatus["devices"]): ServerStatus["devices"] {
  return [...devices].sort((a, b) => Date.parse(b.lastSeenAt) - Date.parse(a.lastSeenAt)).slice(
    0,
    listedDevicesMax,
  );
}
