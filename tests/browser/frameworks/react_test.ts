import { assertEquals } from "@std/assert";
import { addGoal, checkTypes, walk, withFramework } from "./framework_site.ts";

Deno.test("a React 19 page syncs in strict mode, whenever the script comes and however the token is bound", () =>
  withFramework("react", async ({ open }) => {
    await walk(
      await open({ user: "clara", binding: "property", script: "before" }),
      await open({ user: "clara", binding: "event", script: "after" }),
    );
    await addGoal(await open({ user: "robert", binding: "ref", script: "after" }), "Goal 1");
  }));

Deno.test("what Node and Deno render of a React page is hydrated without a warning, and syncs", () =>
  withFramework("react", async ({ open, render }) => {
    const html = await render();
    await walk(
      await open({ user: "clara", binding: "ref", script: "before", html }),
      await open({ user: "clara", binding: "ref", script: "after", html }),
    );
  }));

Deno.test("a React page gives its own client to the element and shows the triggers as they change", () =>
  withFramework("react", async ({ open }) => {
    const options = { binding: "property", script: "before", app: "own_client.js" } as const;
    const page = await open({ user: "clara", ...options });
    await page.locator("sync-status[variant=icon]").waitFor();
    const button = page.locator("#sync:not(:disabled):not([value=''])");
    const before = Number(await button.getAttribute("value"));
    await button.click();
    await page.locator(`#sync:not([value="${before}"])`).waitFor();
    assertEquals(Number(await button.getAttribute("value")) > before, true);
    const label = await page.locator("sync-status .label").textContent();
    assertEquals(label, "All changes saved");
  }));

Deno.test(
  "the pages compile against the types of the element and its tag, and wrong tags do not",
  checkTypes,
);
