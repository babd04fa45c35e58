/**
 * changeIds made from content instead of chance: migrating the same record twice, on any device, at any time,
 * gives the same change, which the server knows again.
 */
import { v5 } from "uuid";
import { canonicalJson } from "./json.ts";

/** Namespace of every id that is derived instead of drawn. */
export const derivedIdNamespace = "b7e2c7a4-5b1e-5f0e-9a3e-2f6d1c0a8e11";

/** UUID v5 over the JCS text of `parts`, e.g. `[user, type, id, data]`. */
export function derivedChangeId(parts: readonly unknown[]): string {
  return v5(canonicalJson(parts), derivedIdNamespace);
}
