import { assertEquals } from "@std/assert";
import {
  entriesOfDay,
  spokenMinutes,
  streakDays,
  totalMinutes,
  weekStart,
  weekTotals,
} from "../../../client/demo/practice_stats.ts";
import { readEntry } from "../../../client/demo/records.ts";

/** An entry at local time. */
function at(year: number, month: number, day: number, hour: number, duration = 30) {
  const timestamp = new Date(year, month - 1, day, hour).toISOString();
  return readEntry({ id: `${timestamp} ${duration}`, timestamp, duration });
}

// A Thursday.
const now = new Date(2026, 0, 15, 18).getTime();

Deno.test("today is the person's own day, earliest session first", () => {
  const entries = [at(2026, 1, 15, 17, 20), at(2026, 1, 15, 0, 10), at(2026, 1, 14, 23), at(2026, 1, 16, 0)];
  const today = entriesOfDay(entries, now);
  assertEquals(today.map(({ minutes }) => minutes), [10, 20]);
  assertEquals(totalMinutes(today), 30);
});

Deno.test("a week begins on Monday", () => {
  assertEquals(weekStart(now), new Date(2026, 0, 12).getTime());
  assertEquals(weekStart(new Date(2026, 0, 11, 23).getTime()), new Date(2026, 0, 5).getTime());
});

Deno.test("weeks without practice stay in the row", () => {
  const weeks = weekTotals([at(2026, 1, 12, 9, 40), at(2026, 1, 15, 9, 5), at(2025, 12, 29, 9, 50)], now, 3);
  assertEquals(weeks.map(({ minutes }) => minutes), [50, 0, 45]);
});

Deno.test("a streak counts days in a row, and today does not break it before it is over", () => {
  const before = [at(2026, 1, 14, 9), at(2026, 1, 13, 9), at(2026, 1, 11, 9)];
  assertEquals(streakDays(before, now), 2);
  assertEquals(streakDays([...before, at(2026, 1, 15, 9)], now), 3);
  assertEquals(streakDays([at(2026, 1, 13, 9)], now), 0);
});

Deno.test("minutes are said in hours and minutes", () => {
  assertEquals([0, 12.5, 45, 60, 90].map(spokenMinutes), [
    "0 min",
    "12.5 min",
    "45 min",
    "1 h",
    "1 h 30 min",
  ]);
});
