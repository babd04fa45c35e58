/** Totals of the last weeks as bars; the current week is the filled one. One image with one description. */
import { svgElement } from "./element.ts";
import { spokenMinutes, type WeekTotal } from "./practice_stats.ts";

const width = 320;
const height = 150;
const baseline = height - 22;
const top = 26;

/** The chart of `weeks`, oldest first. */
export function drawWeekChart(weeks: readonly WeekTotal[]): SVGSVGElement {
  const most = Math.max(60, ...weeks.map(({ minutes }) => minutes));
  const slot = width / weeks.length;
  const barWidth = Math.min(26, slot * 0.62);
  const bars = weeks.flatMap(({ startMs, minutes }, index) => {
    const isCurrent = index === weeks.length - 1;
    const barHeight = minutes / most * (baseline - top);
    const middle = slot * (index + 0.5);
    const y = baseline - barHeight;
    const name = isCurrent ? "This week" : `Week of ${dayMonth(startMs)}`;
    const bar = svgElement("rect", {
      class: isCurrent ? "bar current" : "bar",
      x: middle - barWidth / 2,
      y,
      width: barWidth,
      height: Math.max(barHeight, 1.5),
      rx: 2,
    }, [svgElement("title", {}, [`${name}: ${spokenMinutes(minutes)}`])]);
    const label = svgElement("text", { class: "axis", x: middle, y: height - 6, "text-anchor": "middle" }, [
      dayMonth(startMs, index === 0 || new Date(startMs).getDate() <= 7),
    ]);
    const value = svgElement("text", { class: "value", x: middle, y: y - 8, "text-anchor": "middle" }, [
      minutes ? hoursText(minutes) : "",
    ]);
    return [bar, value, label];
  });
  const said = weeks.map(({ startMs, minutes }, index) =>
    `${index === weeks.length - 1 ? "this week" : dayMonth(startMs, true)} ${spokenMinutes(minutes)}`
  );
  return svgElement("svg", {
    class: "week-chart",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": `Practice per week: ${said.join(", ")}`,
  }, [svgElement("line", { class: "base", x1: 0, x2: width, y1: baseline, y2: baseline }), ...bars]);
}

function hoursText(minutes: number): string {
  return minutes < 60
    ? `${Math.round(minutes)}m`
    : `${(minutes / 60).toLocaleString(undefined, { maximumFractionDigits: 1 })}h`;
}

function dayMonth(atMs: number, withMonth = true): string {
  return new Date(atMs).toLocaleDateString(
    [],
    withMonth ? { day: "numeric", month: "short" } : { day: "numeric" },
  );
}
