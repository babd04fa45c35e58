import { assertEquals } from "@std/assert";
import { readRunOptions, replayCommand } from "./replay.ts";

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
