/**
 * The seeded randomness of one run. Every choice of the simulation comes from here, and each concern has dice of
 * its own (`fork`): leaving one operation out, as shrinking does, then shifts nothing in the others.
 */

/** Dice that fall the same way for the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Dice of a concern; the same names always give the same dice, whatever was thrown before. */
  static of(seed: number, ...names: (string | number)[]): Dice {
    let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
    for (const name of names) {
      for (const unit of String(name)) state = Math.imul(state ^ unit.charCodeAt(0), 0x01000193);
      state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    }
    return new Dice(state);
  }

  /** 0 ≤ n < 1 (Mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to `n` − 1. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** An integer from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True with the given chance. */
  chance(chance: number): boolean {
    return chance > 0 && this.next() < chance;
  }

  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }

  /** One of the names, each as likely as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) if ((left -= weight) < 0) return name;
    return entries.at(-1)![0];
  }
}
