/** A place where two states of one user differ, and how two sets of records are compared. Pure. */
import { type JsonObject, sameJson } from "../../shared/mod.ts";

/** What the two sides are. `log`: the fold of the log against the checksum that the ledger keeps of itself. */
export type ComparedSides = "v1 | v2" | "source | v2" | "log | ledger";

/** One difference; a side that is absent has nothing there. */
export interface Difference {
  user: string;
  sides: ComparedSides;
  entityType: string;
  entityId: string;
  /** Null: the whole record. */
  field: string | null;
  left?: unknown;
  right?: unknown;
}

/** Records of one user under `type/id`. */
export type Records = ReadonlyMap<string, { entityType: string; entityId: string; data: JsonObject }>;

/** Every record and field in which `left` and `right` differ, in the order of `left`, then what only `right` has. */
export function* differences(
  user: string,
  sides: ComparedSides,
  left: Records,
  right: Records,
): Generator<Difference> {
  for (const [key, { entityType, entityId, data }] of left) {
    const place = { user, sides, entityType, entityId };
    const other = right.get(key);
    if (!other) yield { ...place, field: null, left: data };
    else yield* fieldDifferences(place, data, other.data);
  }
  for (const [key, { entityType, entityId, data }] of right) {
    if (!left.has(key)) yield { user, sides, entityType, entityId, field: null, right: data };
  }
}

/** The fields in which two records of one entity differ. */
export function* fieldDifferences(
  place: Pick<Difference, "user" | "sides" | "entityType" | "entityId">,
  left: JsonObject,
  right: JsonObject,
): Generator<Difference> {
  for (const field of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const [inLeft, inRight] = [Object.hasOwn(left, field), Object.hasOwn(right, field)];
    if (inLeft && inRight && sameJson(left[field], right[field])) continue;
    yield {
      ...place,
      field,
      ...(inLeft ? { left: left[field] } : {}),
      ...(inRight ? { right: right[field] } : {}),
    };
  }
}
