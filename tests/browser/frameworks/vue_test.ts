import { addGoal, walk, withFramework } from "./framework_site.ts";

Deno.test("a Vue 3 page syncs, whenever the script comes and however the token is bound", () =>
  withFramework("vue", async ({ open }) => {
    await walk(
      await open({ user: "clara", binding: "property", script: "after" }),
      await open({ user: "clara", binding: "event", script: "before" }),
    );
  }));

Deno.test("what Node and Deno render of a Vue 3 page is hydrated without a warning, and syncs", () =>
  withFramework("vue", async ({ open, render }) => {
    const html = await render();
    await addGoal(await open({ user: "clara", binding: "property", script: "before", html }), "Goal 1");
    // Its title says that the first one is on this page too.
    await addGoal(await open({ user: "clara", binding: "event", script: "after", html }), "Goal 2");
  }));
