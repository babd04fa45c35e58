/** Random numbers that a seed decides (mulberry32), so that generated records can be made again. */

/** Choices from one stream of random numbers. */
export interface SeededRandom {
  /** 0 ≤ n < 1. */
  next(): number;
  /** An integer, both ends included. */
  integer(from: number, to: number): number;
  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T;
  /** True this often, 0 to 1. */
  chance(probability: number): boolean;
  /** Letters and digits as nanoid makes them. */
  id(length: number): string;
}

const idAlphabet = "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";

/** The same `seed` gives the same stream. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    integer,
    pick: <T>(choices: readonly T[]): T => choices[integer(0, choices.length - 1)]!,
    chance: (probability) => next() < probability,
    id: (length) => Array.from({ length }, () => idAlphabet[integer(0, 63)]).join(""),
  };
}
