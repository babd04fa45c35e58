/** How IndexedDB orders keys that are arrays, for stores that are not IndexedDB. */
import type { StoreKey } from "../ports.ts";

/** Whether a key begins with `prefix`. */
export function hasPrefix(key: StoreKey, prefix: readonly (string | number)[]): boolean {
  for (let i = 0; i < prefix.length; i++) if (key[i] !== prefix[i]) return false;
  return true;
}

/** IndexedDB's order: part by part, numbers before strings, shorter before longer. */
export function compareKeys(a: StoreKey, b: StoreKey): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left, right] = [a[i]!, b[i]!];
    if (left === right) continue;
    if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
