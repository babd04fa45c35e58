/** Sums over the log: today, the weeks, the streak. Pure; days are those of the person's own time zone. */
import type { Entry } from "./records.ts";

/** A week's total. */
export interface WeekTotal {
  /** Monday, local midnight, wall ms. */
  startMs: number;
  minutes: number;
}

/** Local midnight of the day of `atMs`, moved by `days`. */
export function dayStart(atMs: number, days = 0): number {
  const date = new Date(atMs);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** Monday of the week of `atMs`, local midnight. */
export function weekStart(atMs: number): number {
  return dayStart(atMs, -((new Date(atMs).getDay() + 6) % 7));
}

/** Entries of the day of `nowMs`, earliest first. */
export function entriesOfDay(entries: readonly Entry[], nowMs: number): Entry[] {
  const from = dayStart(nowMs);
  const to = dayStart(nowMs, 1);
  return entries.filter(({ atMs }) => atMs >= from && atMs < to).sort((a, b) => a.atMs - b.atMs);
}

/** All minutes of `entries`. */
export function totalMinutes(entries: readonly Entry[]): number {
  return entries.reduce((sum, { minutes }) => sum + minutes, 0);
}

/** The last `count` weeks up to that of `nowMs`, oldest first. */
export function weekTotals(entries: readonly Entry[], nowMs: number, count: number): WeekTotal[] {
  const minutesByWeek = new Map<number, number>();
  for (const { atMs, minutes } of entries) {
    const week = weekStart(atMs);
    minutesByWeek.set(week, (minutesByWeek.get(week) ?? 0) + minutes);
  }
  const thisWeek = weekStart(nowMs);
  return Array.from({ length: count }, (_, index) => {
    const startMs = dayStart(thisWeek, -7 * (count - 1 - index));
    return { startMs, minutes: minutesByWeek.get(startMs) ?? 0 };
  });
}

/** Days in a row with practice, up to today; a day that is not over yet does not break it. */
export function streakDays(entries: readonly Entry[], nowMs: number): number {
  const days = new Set(entries.filter(({ minutes }) => minutes > 0).map(({ atMs }) => dayStart(atMs)));
  let day = days.has(dayStart(nowMs)) ? 0 : -1;
  let streak = 0;
  while (days.has(dayStart(nowMs, day))) {
    streak++;
    day--;
  }
  return streak;
}

/** "1 h 30 min", "45 min". */
export function spokenMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = Math.round((minutes - hours * 60) * 10) / 10;
  return [
    hours > 0 && `${hours.toLocaleString()} h`,
    (rest > 0 || hours === 0) && `${rest.toLocaleString()} min`,
  ]
    .filter(Boolean).join(" ");
}
