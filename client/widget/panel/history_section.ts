/** The section with the last exchanges of this page, out of the client's timeline. */
import { html, nothing, type TemplateResult } from "../templates.ts";
import type { TimelineStep } from "../../sync_client_api.ts";
import type { PanelText } from "./panel_messages.ts";

/** Most exchanges shown. */
export const shownExchangesMax = 50;

/** The section. */
export function historySection(
  { text, age }: { text: PanelText; age(atMs: number): readonly [string, string] },
  timeline: readonly TimelineStep[],
): TemplateResult {
  const exchanges = timeline.filter(({ what }) => what === "applied" || what === "failed");
  const shown = exchanges.slice(-shownExchangesMax).reverse();
  return html`<details part="section" class="history"><summary>${text("history")}</summary>${
    shown.length === 0
      ? html`<p>${text("noExchange")}</p>`
      : html`<ol part="list">${shown.map((step) => exchange(text, age(step.at), step))}</ol>`
  }</details>`;
}

function exchange(
  text: PanelText,
  [iso, spoken]: readonly [string, string],
  step: TimelineStep,
): TemplateResult {
  const { pushed, pulled, code, ms } = step.detail;
  return html`
    <li
      part="item"><span>${text("sentReceived", {
        sent: Number(pushed ?? 0),
        received: Number(pulled ?? 0),
      })}${typeof ms === "number"
        ? html`
          · ${text("tookMs", { ms })}
        `
        : nothing}${code
        ? html`
          · <b>${code}</b>
        `
        : nothing}</span><time datetime=${iso}>${spoken}</time></li>
  `;
}
