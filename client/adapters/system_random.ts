/** The host's randomness, for jitter only. */
import type { Random } from "../ports.ts";

export const systemRandom: Random = { next: () => Math.random() };
