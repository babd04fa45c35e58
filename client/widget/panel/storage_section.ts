/** The section on this device's storage, and the promise to keep it that only a person can ask for. */
import { html, nothing, type TemplateResult } from "../templates.ts";
import type { PanelText } from "./panel_messages.ts";

/** What the browser says; absent parts are not known to it. */
export interface StorageView {
  usedBytes?: number;
  quotaBytes?: number;
  isPersistent?: boolean;
  /** The browser said no to keeping the data. */
  isRefused?: boolean;
}

/** Asks the browser. Never rejects: what it does not say is left out. */
export async function readStorage(): Promise<StorageView> {
  const { storage } = navigator as { storage?: StorageManager };
  const [estimate, isPersistent] = await Promise.all([
    storage?.estimate?.().catch(() => undefined),
    storage?.persisted?.().catch(() => undefined),
  ]);
  return {
    ...(estimate?.usage !== undefined && { usedBytes: estimate.usage }),
    ...(estimate?.quota !== undefined && { quotaBytes: estimate.quota }),
    ...(isPersistent !== undefined && { isPersistent }),
  };
}

/** The section; `isWanted` opens it. */
export function storageSection(
  { text, lang }: { text: PanelText; lang: string },
  storage: StorageView,
  isWanted: boolean,
  toggled: (isOpen: boolean) => void,
  keep: () => void,
): TemplateResult {
  const { usedBytes, quotaBytes, isPersistent } = storage;
  const heard = (event: Event) => toggled((event.target as HTMLDetailsElement).open);
  return html`
    <details part="section" class="storage" ?open=${isWanted}
      @toggle=${heard}><summary>${text(
        "storageTitle",
      )}</summary>${usedBytes === undefined || quotaBytes === undefined
        ? html`<p>${text("noStorage")}</p>`
        : html`<p>${
          text("used", { used: spokenBytes(usedBytes, lang), quota: spokenBytes(quotaBytes, lang) })
        }</p>`}${isPersistent === undefined
        ? nothing
        : html`<p>${text(isPersistent ? "persistent" : "notPersistent")}</p>`}${isPersistent === false
        ? html`<button part="action" type="button" @click=${keep}>${text("keepData")}</button>`
        : nothing}<p role="status">${storage.isRefused ? text("keepRefused") : ""}</p></details>
  `;
}

const units = ["kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** "1.2 MB", as the language writes it. */
export function spokenBytes(bytes: number, lang: string): string {
  let unit = 0;
  let value = bytes / 1000;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  const style = { style: "unit", unit: units[unit]!, maximumSignificantDigits: 3 } as const;
  return new Intl.NumberFormat(lang, style).format(value);
}
