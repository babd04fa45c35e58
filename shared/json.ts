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
  if (isContainer(value)) {
    return Array.isArray(value)
      ? `[${value.map(canonicalJson).join()}]`
      : `{${Object.keys(value).sort().map((name) => canonicalField(name, value)).join()}}`;
  }
  const isJson = typeof value === "string"
    ? value.isWellFormed()
    : value === null || typeof value === "boolean" || Number.isFinite(value);
  if (!isJson) throw new Error("Cannot canonicalise: the value is not JSON");
  return JSON.stringify(value);
}

function canonicalField(name: string, object: JsonObject): string {
  return `${canonicalJson(name)}:${canonicalJson(object[name])}`;
}

/**
 * Whether two JSON values are the same value, whatever the order of their keys: whether their canonical texts
 * would be equal, found without writing them, since most that are compared differ at once.
 */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  // The keys of a long list are as costly as the list.
  if (Array.isArray(a) && a.length !== b.length) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) => sameJson(a[name], ownField(b, name)));
}

/** An object or a list. */
function isContainer(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null;
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
