/**
 * Today as a staff: every session is a note at its hour, held for its full value by the line over it (the
 * tenuto mark). The drawing repeats what the page says in words, so it is one image with one description.
 */
import { svgElement } from "./element.ts";
import { spokenMinutes } from "./practice_stats.ts";
import { type Entry, entryTitle, sessionKinds } from "./records.ts";

/** Below this the hours would run into each other. */
const widthMin = 280;
const height = 132;
const firstHour = 6;
const lastHour = 24;
const staffTop = 46;
const lineGap = 11;
const labelHours = [6, 9, 12, 15, 18, 21, 24];

/** What the staff is drawn for. */
export interface StaffFrame {
  /** Local midnight, wall ms. */
  dayStartMs: number;
  nowMs: number;
  /** Room in CSS pixels: one unit of the drawing is one pixel, so that text keeps its size. */
  width: number;
}

/** The staff of one day. */
export function drawDayStaff(today: readonly Entry[], frame: StaffFrame): SVGSVGElement {
  const width = Math.max(widthMin, frame.width);
  const hourX = (hour: number) =>
    (Math.min(lastHour, Math.max(firstHour, hour)) - firstHour) / (lastHour - firstHour) * width;
  const x = (atMs: number) => hourX((atMs - frame.dayStartMs) / 3_600_000);
  const lines = [0, 1, 2, 3, 4].map((line) => {
    const y = staffTop + line * lineGap;
    return svgElement("line", { class: "staff", x1: 0, x2: width, y1: y, y2: y });
  });
  const hours = labelHours.map((hour) =>
    svgElement("text", {
      class: "hour",
      x: hourX(hour),
      y: height - 4,
      "text-anchor": hour === firstHour ? "start" : hour === lastHour ? "end" : "middle",
    }, [String(hour % 24)])
  );
  const nowX = x(frame.nowMs);
  const now = svgElement("line", { class: "now", x1: nowX, x2: nowX, y1: 22, y2: height - 22 });
  const description = today.length
    ? `Sessions today: ${
      today.map((entry) => `${timeOf(entry.atMs)} ${entryTitle(entry)}, ${spokenMinutes(entry.minutes)}`)
        .join("; ")
    }`
    : "No sessions today";
  return svgElement("svg", {
    class: "day-staff",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": description,
  }, [...lines, now, ...today.map((entry) => note(entry, x)), ...hours]);
}

function note(entry: Entry, x: (atMs: number) => number): SVGGElement {
  const headX = Math.max(8, x(entry.atMs));
  const endX = Math.max(headX + 13, x(entry.atMs + entry.minutes * 60_000));
  const step = Math.max(0, (sessionKinds as readonly string[]).indexOf(entry.kind));
  const headY = staffTop + lineGap * (3 - step / 2);
  return svgElement("g", { class: "note" }, [
    svgElement("title", {}, [
      `${timeOf(entry.atMs)} · ${entryTitle(entry)} · ${spokenMinutes(entry.minutes)}`,
    ]),
    svgElement("line", { class: "tenuto", x1: headX - 6.5, x2: endX, y1: staffTop - 18, y2: staffTop - 18 }),
    svgElement("ellipse", {
      cx: headX,
      cy: headY,
      rx: 6.6,
      ry: 4.7,
      transform: `rotate(-22 ${headX} ${headY})`,
    }),
    svgElement("line", { class: "stem", x1: headX - 6, x2: headX - 6, y1: headY + 2, y2: headY + 34 }),
  ]);
}

function timeOf(atMs: number): string {
  return new Date(atMs).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}
