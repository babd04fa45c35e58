import { assertEquals, assertStringIncludes } from "@std/assert";

/** What the test command says of a good test beside a browser test with this text, without a browser. */
async function withoutBrowser(text: string, args: string[] = []): Promise<{ code: number; output: string }> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/tests/browser`, { recursive: true });
    await Deno.mkdir(`${root}/tests/shared`);
    await Deno.writeTextFile(`${root}/tests/shared/good_test.ts`, `Deno.test("one", () => {});`);
    await Deno.writeTextFile(`${root}/tests/browser/one_test.ts`, text);
    const module = new URL("../../scripts/run_tests.ts", import.meta.url).href;
    const program = `import { runTests } from ${JSON.stringify(module)};
      Deno.exit(await runTests(${JSON.stringify(["shared", "browser", ...args])}, ${JSON.stringify(root)}));`;
    const env = { SKIP_BROWSER: "1", NO_COLOR: "1" };
    const result = await new Deno.Command(Deno.execPath(), { args: ["eval", program], env }).output();
    const output = new TextDecoder().decode(result.stdout) + new TextDecoder().decode(result.stderr);
    return { code: result.code, output };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("without a browser its tests are counted as skipped, and none is executed", async () => {
  const { code, output } = await withoutBrowser(`
    Deno.test("one", () => { throw new Error("executed"); });
    Deno.test("two", () => {});`);
  assertStringIncludes(output, "1 passed, 0 failed, 2 skipped");
  assertEquals(code, 0, output);
});

Deno.test("a browser test that does not compile fails the run also where the browser is left out", async () => {
  const broken = `const n: number = "three"; Deno.test("one", () => void n);`;
  const { code, output } = await withoutBrowser(broken, ["--filter", "one"]);
  assertStringIncludes(output, "TS2322");
  assertStringIncludes(output, "1 passed, 1 failed, 0 skipped");
  assertEquals(code, 1);
});

Deno.test("a browser test that cannot be loaded fails the run also where the browser is left out", async () => {
  const { code, output } = await withoutBrowser(`throw new Error("not loaded");`);
  assertStringIncludes(output, "not loaded");
  assertStringIncludes(output, "1 passed, 1 failed, 0 skipped");
  assertEquals(code, 1);
});
