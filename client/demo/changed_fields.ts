/** Which fields of a form differ from the record: an update carries only those, so two devices can edit
 * different fields of one record and both edits stay. */
import type { JsonObject } from "../../shared/mod.ts";

/** The entries of `next` whose value is not that of `before`; a missing field equals null, "" and []. */
export function changedFields(before: Readonly<JsonObject>, next: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(next).filter(([name, value]) =>
      JSON.stringify(plain(before[name])) !== JSON.stringify(plain(value))
    ),
  );
}

function plain(value: unknown): unknown {
  return value === undefined || value === "" || Array.isArray(value) && value.length === 0 ? null : value;
}
