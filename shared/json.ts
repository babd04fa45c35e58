/**
 * JSON as the contract measures it: sizes over `JSON.stringify`, equality and digests over RFC 8785 (JCS).
 * Callers have checked depth and numbers before (see `check_change.ts`).
 */
import canonicalize from "canonicalize";
import { utf8 } from "./universal.ts";

/** A JSON object: what an entity is, and what `data` of a change is. */
export type JsonObject = Record<string, unknown>;

/** RFC 8785 text of a JSON value: keys sorted by UTF-16 unit, no white space, −0 as 0. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error("Cannot canonicalise: the value is not JSON");
  return text;
}

/** Whether two JSON values are the same value, whatever the order of their keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  return canonicalJson(a) === canonicalJson(b);
}

/** Size of a JSON value in UTF-8 bytes of `JSON.stringify`. */
export function jsonBytes(value: unknown): number {
  return utf8(JSON.stringify(value)).byteLength;
}

/** Whether a parsed JSON value is an object (not an array, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Own-property read: never the prototype's `constructor`, whatever a field is called. */
export function ownField(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
