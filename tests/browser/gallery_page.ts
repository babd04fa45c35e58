/** The gallery page: all 13 states in a real browser, and axe over it. */
// Types only: the element in `HTMLElementTagNameMap`.
import type {} from "../../client/widget/sync_status.ts";
import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright";
import { syncStates } from "../../client/sync_client_api.ts";
import type { Device } from "./harness/device.ts";

/** Rules of these kinds count; `target-size` is off in axe unless it is asked for. */
const axeOptions = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  rules: { "target-size": { enabled: true } },
} as const;

/** Opens the gallery with `search`, e.g. `?theme=dark`, and waits until every element shows its state. */
export async function openGallery(device: Device, search = ""): Promise<Page> {
  const page = await device.openTab(`/gallery${search}`);
  page.setDefaultTimeout(20_000);
  await page.waitForFunction(
    (states) => states.every((state) => document.getElementById(state)?.matches(`:state(${state})`)),
    [...syncStates],
  );
  return page;
}

/** Opens the panel of a state, with all its sections, and waits for its content. */
export async function openPanel(page: Page, state: string): Promise<void> {
  await page.evaluate(async (id) => {
    const element = document.getElementById(id) as HTMLElementTagNameMap["sync-status"];
    element.parentElement!.scrollIntoView();
    await element.open();
  }, state);
  await page.locator(`#${state} #panel footer:not(dialog footer)`).waitFor();
  // Again until it is all there: a section that is drawn anew in between is closed.
  await page.waitForFunction((id) => {
    const root = document.getElementById(id)!.shadowRoot!;
    for (const details of root.querySelectorAll("details")) details.open = true;
    return root.querySelector(".devices li") !== null;
  }, state);
  await page.locator(`#${state} .devices li`).first().waitFor();
}

/** Violations below `selector` as `rule: targets`, and the rules that had something to pass. */
export async function runAxe(
  page: Page,
  selector: string,
): Promise<{ violations: string[]; passes: string[] }> {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axe.source);
  const result = await page.evaluate(
    async ({ selector, options }) => {
      const { axe } = globalThis as unknown as {
        axe: { run(at: string, options: unknown): Promise<AxeResults> };
      };
      const { violations, passes } = await axe.run(selector, options);
      return {
        violations: violations.map(({ id, nodes }) =>
          `${id}: ${
            nodes.map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary}`).join(" | ")
          }`
        ),
        passes: passes.map(({ id }) => id),
      };
    },
    { selector, options: axeOptions },
  );
  return result;
}
