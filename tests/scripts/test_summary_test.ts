import { assertEquals } from "@std/assert";
import { closingLine, readTestSummary } from "../../scripts/test_summary.ts";

Deno.test("a plain summary is read", () => {
  assertEquals(readTestSummary("x ... ok (0ms)\n\nok | 12 passed | 0 failed (1s)\n\n"), {
    passed: 12,
    failed: 0,
    skipped: 0,
    filteredOut: 0,
  });
});

Deno.test("steps, ignored and filtered tests of a coloured summary are told apart", () => {
  const line = "\u001b[0m\u001b[31mFAILED\u001b[0m | 3 passed (1 step) | 2 failed (4 steps) | 5 ignored" +
    " | 7 filtered out \u001b[0m\u001b[38;5;245m(15ms)\u001b[0m\n";
  assertEquals(readTestSummary(line), { passed: 3, failed: 2, skipped: 5, filteredOut: 7 });
});

Deno.test("what a test prints is not its run's summary", () => {
  const printed = "ok | 99 passed | 0 failed (1s)\nFAILED | 1 passed | 1 failed (2m3s)\n";
  assertEquals(readTestSummary(printed)?.failed, 1);
  assertEquals(readTestSummary("I say: ok | 99 passed | 0 failed (1s)\n"), null);
});

Deno.test("a run that crashed has no summary", () => {
  assertEquals(readTestSummary("running 3 tests from ./a_test.ts\na ... "), null);
});

Deno.test("the closing line has the three numbers that CI reads", () => {
  assertEquals(closingLine({ passed: 3, failed: 0, skipped: 1 }), "3 passed, 0 failed, 1 skipped");
});
