/**
 * What happened in a run, in order: a hash of all of it, and the lines themselves where somebody reads them.
 * Nothing that a client's wall clock says may get in: the run of a world with other clocks has the same hash.
 */

/** One thing that happened. */
export interface TraceLine {
  /** Virtual ms since the run began. */
  atMs: number;
  who: string;
  what: string;
}

/** Collects one run. */
export class Trace {
  readonly lines: TraceLine[] = [];
  #high = 0x9e3779b9;
  #low = 0x85ebca6b;

  constructor(private readonly keepsLines: boolean, private readonly nowMs: () => number) {}

  /** Adds a line; `what` must depend on the seed alone. */
  add(who: string, what: string): void {
    const atMs = this.nowMs();
    this.#mix(atMs);
    this.#mixText(who);
    this.#mixText(what);
    if (this.keepsLines) this.lines.push({ atMs, who, what });
  }

  /** Hash of everything so far, 16 hex digits. */
  get hash(): string {
    return [this.#high, this.#low].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
    this.#mix(-1);
  }

  #mix(value: number): void {
    this.#high = Math.imul(this.#high ^ value, 0x01000193);
    this.#low = Math.imul((this.#low ^ value) + 0x7ed55d16, 0xc2b2ae35) ^ (this.#low >>> 15);
  }
}

/** A line as people read it: `  1:02:03.456  d0.t1   what`. */
export function formatLine({ atMs, who, what }: TraceLine): string {
  return `${formatMs(atMs).padStart(15)}  ${who.padEnd(7)} ${what}`;
}

/** `3d 04:05:06.789`, without what is zero in front. */
function formatMs(ms: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const days = Math.floor(ms / 86_400_000);
  const rest = `${two(Math.floor(ms / 3_600_000) % 24)}:${two(Math.floor(ms / 60_000) % 60)}:${
    two(Math.floor(ms / 1000) % 60)
  }.${String(ms % 1000).padStart(3, "0")}`;
  return days > 0 ? `${days}d ${rest}` : rest;
}
