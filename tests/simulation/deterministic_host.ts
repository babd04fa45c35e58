/**
 * Replaces the few things of the host that finish at a moment of their own choosing, or slowly, by stand-ins that
 * do the same at once: otherwise the same seed would not give the same run. Imported first, once a process.
 *
 * - `crypto.subtle.digest` runs on a thread pool; Node's hash gives the same bytes at once.
 * - Without `CompressionStream` the client sends its bodies plain, as it does in old browsers. (Compressed bodies
 *   have tests of their own.)
 * - `structuredClone` goes through V8's serialiser; what is copied here is plain data.
 */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers";

Object.defineProperty(crypto.subtle, "digest", {
  value: (_algorithm: string, data: Uint8Array) => {
    const digest = new Uint8Array(createHash("sha256").update(data).digest());
    return Promise.resolve(digest.buffer);
  },
});

Reflect.deleteProperty(globalThis, "CompressionStream");

globalThis.structuredClone = copy as typeof structuredClone;

function copy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copy) as T;
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [copy(key), copy(inner)])) as T;
  if (value instanceof Set) return new Set([...value].map(copy)) as T;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) result[key] = copy((value as Record<string, unknown>)[key]);
  return result as T;
}

/** Errors that nothing in the product caught, until somebody asks. */
const strayErrors: string[] = [];
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  strayErrors.push(`${event.error?.stack ?? event.message}`);
});
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  strayErrors.push(`unhandled rejection: ${event.reason?.stack ?? event.reason}`);
});

/** Takes the errors that reached the host since the last call: each is a bug. */
export function takeStrayErrors(): string[] {
  return strayErrors.splice(0);
}

/** Resolves when everything that needs no virtual time is done: one turn of the event loop empties all microtasks. */
export function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
