/** The machine's randomness, for jitter. */
import type { Random } from "../ports.ts";

/** `Math.random`: nothing secret depends on it. */
export function systemRandom(): Random {
  return { next: () => Math.random() };
}
