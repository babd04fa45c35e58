import { assertEquals, assertStringIncludes } from "@std/assert";
import { makePlan } from "./plan.ts";
import { misfitOf, readRunOptions, replayCommand, type RunWords } from "./replay.ts";
import found from "./seeds.json" with { type: "json" };

Deno.test("the command that is printed for a shrunk run reads back as that run", () => {
  const options = { keep: [3, 5, 6, 7, 9], without: ["net-delay", "disk-slow"], withoutDevices: [1] };
  const command = replayCommand(7, options);
  assertEquals(command, "deno task simulate --seed 7 --keep 3,5-7,9 --without net-delay,disk-slow,d1");
  assertEquals(readRunOptions({ keep: "3,5-7,9", without: "net-delay,disk-slow,d1" }), options);
});

Deno.test("no operation at all is a run too", () => {
  assertEquals(replayCommand(7, { keep: [] }), "deno task simulate --seed 7 --keep ,");
  assertEquals(readRunOptions({ keep: "," }), { keep: [] });
});

Deno.test("words that do not fit the world of the seed are refused by name", () => {
  const { devices, operations } = makePlan(7);
  const last = operations.length - 1;
  const misfits: [RunWords, string][] = [
    [{ keep: "abc" }, `"abc"`],
    [{ keep: "1,2x" }, `"2x"`],
    [{ keep: "1-99999999" }, `"1-99999999": the operations of seed 7 are 0 to ${last}`],
    [{ keep: `0-${last + 1}` }, `0 to ${last}`],
    [{ keep: "3-2" }, `"3-2"`],
    [{ keep: "" }, "--keep needs operations"],
    [{ without: "" }, "--without needs kinds"],
    [{ without: "net-delay,net-dealy" }, `"net-dealy"`],
    [{ without: `d${devices.length}` }, `d0 to d${devices.length - 1}`],
  ];
  for (const [words, reason] of misfits) assertStringIncludes(misfitOf(7, words) ?? "", reason);
  const most = { keep: `0-${last}`, without: `net-delay,d${devices.length - 1}` };
  for (const words of [{}, { keep: "," }, { keep: "0,2-4" }, most]) assertEquals(misfitOf(7, words), null);
});

Deno.test("what found bugs once fits its world still", () => {
  for (const { seed, what: _, ...words } of found.entries as (RunWords & { seed: number; what: string })[]) {
    assertEquals(misfitOf(seed, words), null);
  }
});
