/**
 * What a whole V1 record means to the entity as it is now. A V1 client sends all it has, so a record says
 * nothing about what its author changed: a field is taken only if its author can have seen the last write, and
 * everything else is left alone and named. Without that rule every push takes back what others wrote since.
 *
 * Pure; to be asked with the state that the commit's check of the head vouches for.
 */
import type { JsonObject, PushedChange } from "../../shared/mod.ts";
import { sameJson } from "../../shared/mod.ts";
import { fieldStamp } from "./entity_state.ts";
import type { EntityState, Mark } from "./records.ts";
import { isUnseen, type ResolveInput } from "./resolve.ts";
import type { V1Ready } from "./v1_record.ts";

/** What the author of the push can have seen. */
export interface V1View extends Pick<ResolveInput, "base" | "deviceId" | "ownVersions"> {
  /**
   * The token is of a history that has ended, and the user has erased since: what is not here may be what was
   * erased.
   */
  fromErased: boolean;
}

/** A change to be settled, or none; and what is not taken, in a word. */
export interface V1Decision {
  change: Pick<PushedChange, "type" | "data"> | null;
  conflict: string | null;
}

const nothing: V1Decision = { change: null, conflict: null };
const refuse = (conflict: string): V1Decision => ({ change: null, conflict });

/** `mark`: the record was settled by an earlier run of this request, so nothing of it is written again. */
export function decideV1(
  record: V1Ready,
  entity: EntityState | null,
  mark: Mark | null,
  view: V1View,
): V1Decision {
  if (entity === null) {
    // Deleted before it was ever here: both sides agree that there is none.
    if (record.deleted || mark) return nothing;
    return view.fromErased
      ? refuse("erased")
      : { change: { type: "CREATED", data: record.data }, conflict: null };
  }
  if (entity.deleted) return record.deleted ? nothing : refuse("deleted_on_server");
  // It lives again since a deletion below which the author has pulled nothing: nothing made before that reaches
  // it. Nor does this device's own mark of that deletion, which goes with its every push until it pulls.
  if (entity.lastDeletion && entity.lastDeletion[0] > view.base) return refuse("deleted_on_server");
  const { data } = record;
  const differing = [...record.sent].flatMap(([name, sentAs]) =>
    differs(entity.data, record, name, sentAs) ? [name] : []
  );
  if (differing.length === 0) return nothing;
  if (record.deleted) return mark ? nothing : { change: { type: "DELETED" }, conflict: null };
  return decideFields(data, differing, entity, mark, view);
}

function decideFields(
  data: JsonObject,
  differing: readonly string[],
  entity: EntityState,
  mark: Mark | null,
  view: V1View,
): V1Decision {
  const taken = mark ? [] : differing.filter((name) => {
    const stamp = fieldStamp(entity, name);
    return stamp === null || !isUnseen(view, stamp);
  });
  const conflict = taken.length < differing.length ? "same_field" : null;
  if (taken.length === 0) return { change: null, conflict };
  return {
    change: { type: "UPDATED", data: Object.fromEntries(taken.map((name) => [name, data[name]])) },
    conflict,
  };
}

/**
 * A value that is the live one as it came is no edit, even if normalising would write it otherwise. And V1
 * turned what is absent into null on its way, so a null says nothing new of a field that is not there.
 */
function differs(live: JsonObject, { data, raw }: V1Ready, name: string, sentAs: string): boolean {
  if (Object.hasOwn(live, sentAs) && sameJson(live[sentAs], raw[sentAs])) return false;
  return Object.hasOwn(live, name) ? !sameJson(live[name], data[name]) : data[name] !== null;
}
