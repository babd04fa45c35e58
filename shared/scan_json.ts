/**
 * One bounded walk over a JSON value for everything that makes it unfit to be stored. The walk keeps its own
 * stack: a body nested 5,000 levels deep must be refused, not overflow the call stack.
 */
import { limits } from "./limits.ts";

const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Whether `key` could reach an object's prototype when somebody copies data carelessly. */
export function isForbiddenKey(key: string): boolean {
  return forbiddenKeys.has(key);
}

/** What a walk found; every field is false for data that may be stored. */
export interface JsonFaults {
  /** A string or key that is not well-formed UTF-16. */
  loneSurrogate: boolean;
  /** `__proto__`, `constructor` or `prototype` as a key. */
  forbiddenKey: boolean;
  /** Nested deeper than `limits.depthMax`; the value itself is level 1. */
  tooDeep: boolean;
  /** Not finite, or integral beyond ±(2^53−1). */
  badNumber: boolean;
}

/** Walks a parsed JSON value, objects and arrays to any depth. */
export function scanJson(root: unknown): JsonFaults {
  const faults: JsonFaults = { loneSurrogate: false, forbiddenKey: false, tooDeep: false, badNumber: false };
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, depth } = next;
    if (typeof value === "string") {
      if (!value.isWellFormed()) faults.loneSurrogate = true;
    } else if (typeof value === "number") {
      if (!isSafeNumber(value)) faults.badNumber = true;
    } else if (typeof value === "object" && value !== null) {
      if (depth > limits.depthMax) faults.tooDeep = true;
      const isArray = Array.isArray(value);
      for (const key of Object.keys(value)) {
        if (!isArray) {
          if (!key.isWellFormed()) faults.loneSurrogate = true;
          if (isForbiddenKey(key)) faults.forbiddenKey = true;
        }
        stack.push({ value: (value as Record<string, unknown>)[key], depth: depth + 1 });
      }
    }
  }
  return faults;
}

/** Whether a number survives JSON and IEEE doubles unchanged: finite, and safe if integral. */
export function isSafeNumber(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
