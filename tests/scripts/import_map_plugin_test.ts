import { assertEquals } from "@std/assert";
import { npmName } from "../../scripts/import_map_plugin.ts";

const imports = {
  "lit": "npm:lit@3.3.3",
  "lit/": "npm:/lit@3.3.3/",
  "@hono/hono": "npm:hono@4.13.19",
  "scoped": "npm:@scope/name@^1.0.0",
  "scoped/": "npm:/@scope/name@^1.0.0/",
  "@std/assert": "./tests/assert.ts",
};

Deno.test("a mapped name stands for its npm package, without the version", () => {
  assertEquals(npmName(imports, "lit"), "lit");
  assertEquals(npmName(imports, "@hono/hono"), "hono");
  assertEquals(npmName(imports, "scoped"), "@scope/name");
});

Deno.test("a path below a mapped name goes with it", () => {
  assertEquals(npmName(imports, "lit/directives/repeat.js"), "lit/directives/repeat.js");
  assertEquals(npmName(imports, "scoped/a.js"), "@scope/name/a.js");
});

Deno.test("what the map does not know, or does not map to npm, has no npm name", () => {
  assertEquals(npmName(imports, "left-pad"), null);
  assertEquals(npmName(imports, "@hono/hono/cors"), null);
  assertEquals(npmName(imports, "@std/assert"), null);
});
