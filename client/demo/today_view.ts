/** Draws today at a glance, and the weeks. */
import { drawDayStaff } from "./day_staff.ts";
import { byId } from "./element.ts";
import {
  dayStart,
  entriesOfDay,
  spokenMinutes,
  streakDays,
  totalMinutes,
  weekTotals,
} from "./practice_stats.ts";
import type { Entry } from "./records.ts";
import { drawWeekChart } from "./week_chart.ts";

const weeksShown = 8;

/** Shows the sums and drawings for `nowMs`. */
export function showToday(entries: readonly Entry[], nowMs: number): void {
  const today = entriesOfDay(entries, nowMs);
  const minutes = totalMinutes(today);
  const weeks = weekTotals(entries, nowMs, weeksShown);
  const date = new Date(nowMs).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
  setText("date", date);
  setText(
    "headline",
    minutes ? `${spokenMinutes(minutes).replaceAll(" ", "\u00a0")} today` : "Nothing played yet",
  );
  setText("week-sum", spokenMinutes(Math.round(weeks.at(-1)?.minutes ?? 0)));
  setText("streak", streakDays(entries, nowMs).toLocaleString());
  setText("entry-count", entries.length.toLocaleString());
  const staff = byId("day-staff");
  staff.replaceChildren(
    drawDayStaff(today, { dayStartMs: dayStart(nowMs), nowMs, width: staff.clientWidth }),
  );
  const hasWeeks = weeks.some((week) => week.minutes > 0);
  byId("no-weeks").hidden = hasWeeks;
  byId("week-chart").replaceChildren(...(hasWeeks ? [drawWeekChart(weeks)] : []));
}

function setText(id: string, text: string): void {
  const node = byId(id);
  if (node.textContent !== text) node.textContent = text;
}
