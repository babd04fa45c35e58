/**
 * JSON as the contract measures it: sizes over `JSON.stringify`, equality and digests over RFC 8785 (JCS).
 * Callers have checked depth and numbers before (see `check_change.ts`).
 */
import { utf8 } from "./universal.ts";

/** A JSON object: what an entity is, and what `data` of a change is. */
export type JsonObject = Record<string, unknown>;

/**
 * RFC 8785 text of a JSON value: keys sorted by UTF-16 unit, no white space, −0 as 0. It is what JSON.stringify
 * writes but for the order of keys, so each piece is left to JSON.stringify: three times as fast as a library
 * that takes care of `toJSON` and cycles, which JSON values do not have.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value)
      ? `[${value.map(canonicalJson).join()}]`
      : `{${Object.keys(value).sort().map((name) => canonicalField(name, value as JsonObject)).join()}}`;
  }
  const isJson = typeof value === "string"
    ? value.isWellFormed()
    : typeof value === "number"
    ? Number.isFinite(value)
    : value === null || typeof value === "boolean";
  if (!isJson) throw new Error("Cannot canonicalise: the value is not JSON");
  return JSON.stringify(value);
}

function canonicalField(name: string, object: JsonObject): string {
  return `${canonicalJson(name)}:${canonicalJson(object[name])}`;
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
