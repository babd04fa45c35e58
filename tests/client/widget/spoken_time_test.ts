import { assertEquals } from "@std/assert";
import { spokenAge, spokenDuration } from "../../../client/widget/spoken_time.ts";

Deno.test("an age is said in its largest whole unit", () => {
  const ages = [0, 9_999, 40_000, 125_000, 3 * 3_600_000, 26 * 3_600_000].map((ms) => spokenAge(ms, "en"));
  assertEquals(ages, ["now", "now", "40 sec. ago", "2 min. ago", "3 hr. ago", "yesterday"]);
});

Deno.test("an age below zero is now", () => {
  assertEquals(spokenAge(-3 * 3_600_000, "en"), "now");
});

Deno.test("a duration is said in its largest whole unit", () => {
  const durations = [0, 40_000, 60_000, 3 * 86_400_000].map((ms) => spokenDuration(ms, "en"));
  assertEquals(durations, ["0 seconds", "40 seconds", "1 minute", "3 days"]);
});

Deno.test("a unit that is not full is not said, nor as many of one as make the next", () => {
  const hourMs = 3_600_000;
  const lengths = [59_700, hourMs - 10_000, 24 * hourMs - 10_000, 36 * hourMs];
  assertEquals(lengths.map((ms) => spokenDuration(ms, "en")), [
    "59 seconds",
    "59 minutes",
    "23 hours",
    "1 day",
  ]);
  assertEquals(spokenAge(24 * hourMs - 10_000, "en"), "23 hr. ago");
});

Deno.test("times follow the language", () => {
  assertEquals(spokenDuration(3 * 86_400_000, "de"), "3 Tage");
  assertEquals(spokenAge(125_000, "de"), "vor 2 Min.");
});
