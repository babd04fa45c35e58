/** A row's time as V1 or its database wrote it: ISO text, SQLite's own text, or seconds or ms since 1970. */

/** V1 is younger than what this is in ms (March 1973), and SQLite's `unixepoch()` counts seconds. */
const secondsAbsMax = 100_000_000_000;

/** ms since 1970; null for what is no time, which is older than any time. */
export function rowTimeMs(time: unknown): number | null {
  if (typeof time === "string") {
    const text = time.trim();
    return /^[+-]?\d+(\.\d+)?$/.test(text) ? ofNumber(Number(text)) : ofText(text);
  }
  return typeof time === "number" || typeof time === "bigint" ? ofNumber(Number(time)) : null;
}

function ofNumber(time: number): number | null {
  if (!Number.isFinite(time)) return null;
  return Math.abs(time) < secondsAbsMax ? time * 1000 : time;
}

function ofText(text: string): number | null {
  // SQLite's CURRENT_TIMESTAMP is UTC and does not say so.
  const isWithoutZone = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text);
  const ms = Date.parse(isWithoutZone ? `${text.replace(" ", "T")}Z` : text);
  return Number.isNaN(ms) ? null : ms;
}
