import { assertEquals } from "@std/assert";
import { openDemo, sessionCount, waitForLabel } from "./demo_page.ts";
import { withWorld } from "./harness/world.ts";

Deno.test("1,000 records are loaded with a progress that only grows, and a new device has them all", () =>
  withWorld(async ({ device }) => {
    const page = await openDemo(await device(), "clara");
    await page.evaluate(() => {
      const seen: [string, number][] = [];
      Object.assign(globalThis, { seenProgress: seen });
      const line = document.querySelector("#load-text")!;
      const bar = document.querySelector<HTMLProgressElement>("#load-progress progress")!;
      new MutationObserver(() => seen.push([line.textContent ?? "", bar.value]))
        .observe(line, { childList: true, characterData: true, subtree: true });
    });
    await page.getByRole("button", { name: "Load 1,000 records" }).click();
    await page.getByText("All 1,000 are on the server.").waitFor();
    const seen = await page.evaluate(() => Reflect.get(globalThis, "seenProgress") as [string, number][]);
    for (const phase of ["stored on this device", "on the server"]) {
      const values = seen.filter(([text]) => text.includes(phase)).map(([, value]) => value);
      assertEquals(values.length > 1, true, `'${phase}' was shown ${values.length} times`);
      assertEquals(values, values.toSorted((a, b) => a - b), `'${phase}' went back`);
    }
    assertEquals(await sessionCount(page), 960);

    const other = await openDemo(await device(), "clara");
    await other.waitForFunction(() => document.querySelector("#entry-count")?.textContent === "960");
    await waitForLabel(other, "All changes saved");
    assertEquals(await other.locator("#entries .entry").count(), 40);
    await other.getByRole("button", { name: "Show more (920 left)" }).click();
    await other.waitForFunction(() => document.querySelectorAll("#entries .entry").length === 80);
  }));
