/** Marks in the page's localStorage; where there is none, or it is blocked, nothing is kept. */
import type { DeviceMarks } from "../ports.ts";

export const localStorageMarks: DeviceMarks = {
  get(key) {
    try {
      return globalThis.localStorage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null) globalThis.localStorage?.removeItem(key);
      else globalThis.localStorage?.setItem(key, value);
    } catch {
      // A mark is a help, never a need.
    }
  },
};
