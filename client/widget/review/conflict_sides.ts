/**
 * What a person chooses between in a conflict, made from what the client knows of it. Pure.
 *
 * Two kinds: field by field where the record lives, and the whole record where a deletion won.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import type { OpenConflict } from "../../sync_client_api.ts";
import type { ReviewMessageKey } from "./review_messages.ts";

/** A side of a conflict. */
export type Side = "mine" | "theirs";

/** One field of the review; a side that has no such field is left out. */
export interface SideField {
  name: string;
  mine?: unknown;
  theirs?: unknown;
}

/** A conflict as it is reviewed. */
export interface ConflictSides {
  /** What happened, as messages in order. */
  told: ReviewMessageKey[];
  fields: SideField[];
  /** After a deletion: the side whose values restore the record; null if they are not known here. */
  restores?: Side | null;
  /** Values of the other side that are too large to be here. */
  theirsUnknown: boolean;
}

/** The sides of `conflict`; `live` is the record as this device sees it. */
export function conflictSides(conflict: OpenConflict, live: Readonly<JsonObject> | undefined): ConflictSides {
  const { reason, winner, truncated } = conflict;
  if (reason === "deleted_on_server" || (reason === "updated_on_server" && winner === "theirs")) {
    return {
      // Without the record as it was, the fields concerned are all that can come back.
      told: conflict.base ? ["deletedThere"] : ["deletedThere", "onlyThese"],
      fields: onlySide(conflict.fields, "mine"),
      restores: "mine",
      theirsUnknown: false,
    };
  }
  if (reason === "updated_on_server") {
    const data = conflict.theirs?.data;
    return {
      told: ["deletedHere"],
      // Its id is not for editing.
      fields: Object.entries(data ?? {}).filter(([name, value]) =>
        name !== "id" || value !== conflict.entityId
      )
        .map(([name, theirs]) => ({ name, theirs })),
      restores: data ? "theirs" : null,
      theirsUnknown: data === undefined,
    };
  }
  const stands = winner === "mine" ? "mineStands" : "theirsStands";
  return {
    told: [reason === "already_exists" ? "createdTwice" : "editedTwice", stands],
    // What was too large to be sent along is known here only if it is what stands.
    fields: conflict.fields.map((field) =>
      truncated && winner === "theirs" && live && Object.hasOwn(live, field.name)
        ? { ...field, theirs: live[field.name] }
        : field
    ),
    theirsUnknown: truncated === true && winner === "mine",
  };
}

function onlySide(fields: OpenConflict["fields"], side: Side): SideField[] {
  return fields.filter((field) => Object.hasOwn(field, side)).map((field) => ({
    name: field.name,
    [side]: field[side],
  }));
}
