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

Deno.test("the React page compiles against the types of the tag, and wrong tags do not", () =>
  checkTypes("react"));
