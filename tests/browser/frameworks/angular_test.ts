import { walk, withFramework } from "./framework_site.ts";

Deno.test("an Angular page without zone.js syncs, whenever the script comes and however the token is bound", () =>
  withFramework("angular", async ({ open }) => {
    await walk(
      await open({ user: "clara", binding: "property", script: "after" }),
      await open({ user: "clara", binding: "event", script: "before" }),
    );
  }));
