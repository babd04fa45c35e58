/**
 * Times as people say them, by `Intl`. A clock that was set back must not show "in −3 h": an age below zero
 * counts as none.
 */

const units = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1000]] as const;

function inLargestUnit(ms: number) {
  const [unit, unitMs] = units.find(([, size]) => ms >= size) ?? units[3];
  return [Math.max(0, Math.floor(ms / unitMs)), unit] as const;
}

/** "3 days", "40 seconds": a length of time, in its largest whole unit. */
export function spokenDuration(ms: number, lang: string): string {
  const [value, unit] = inLargestUnit(ms);
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

/** "2 min. ago", "now": how long ago something was; under ten seconds is now. */
export function spokenAge(ms: number, lang: string): string {
  const [value, unit] = inLargestUnit(ms < 10_000 ? 0 : ms);
  return new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "short" }).format(-value, unit);
}
