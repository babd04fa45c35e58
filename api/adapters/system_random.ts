/** The machine's randomness, for jitter. */
import type { Random } from "../ports.ts";

/** `Math.random`: nothing secret depends on it. */
export const systemRandom: Random = { next: () => Math.random() };
