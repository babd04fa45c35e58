/** Randomness that a seed repeats (mulberry32): the same draws on every machine. */

export interface SeededRandom {
  /** 0 ≤ n < 1. */
  next(): number;
  /** An integer, both ends included. */
  between(min: number, max: number): number;
  /** True in `share` of all draws. */
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A UUID v4. */
  uuid(): string;
}

/** `seed` is any 32-bit integer. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const hex = (digits: number) => between(0, 16 ** digits - 1).toString(16).padStart(digits, "0");
  return {
    next,
    between,
    chance: (share) => next() < share,
    pick: (items) => items[between(0, items.length - 1)]!,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(8)}${hex(4)}`,
  };
}
