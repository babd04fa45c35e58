/**
 * Settling a conflict: a new change that writes what the person chose, and the conflict's row removed, in one
 * transaction. Refused when the entity has moved since the conflict was noticed, on either side: the person
 * chose between values that are no longer the ones that stand.
 */
import { type ChangeIntent, checkIntent, isJsonObject, type JsonObject, ownField } from "../../shared/mod.ts";
import { planQueue } from "../change_queue.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { Plan } from "../device_state.ts";
import type { StoreRow } from "../ports.ts";
import { type BaseRow, type ConflictRow, rowKey } from "../rows.ts";
import type { ChangeRecord, ClientErrorCode } from "../sync_client_api.ts";
import { ownCopy } from "./own_copy.ts";

/** What the person chose: a side, or the values of the fields to write. */
type Choice = "mine" | "theirs" | JsonObject;

/** Whether a conflict could be settled. */
export type ResolveOutcome = { ok: true } | { ok: false; code: ClientErrorCode; message: string };

/** Settles the conflict `id`; `stamp` identifies the new change, if one is needed. */
export function planResolve(
  rows: DeviceRows,
  id: string,
  choice: Choice,
  stamp: { changeId: string; timestamp: number },
  schemaVersion: (entityType: string) => number,
): Plan<ResolveOutcome> {
  const refuse = (code: ClientErrorCode, message: string): Plan<ResolveOutcome> => ({
    result: { ok: false, code, message },
  });
  if (choice !== "mine" && choice !== "theirs" && !isJsonObject(choice)) {
    return refuse(
      "invalid_change",
      "Cannot resolve the conflict: choose mine, theirs or an object of fields.",
    );
  }
  const conflict = rows.conflict.get(id);
  if (!conflict) return refuse("not_found", "Cannot resolve the conflict: it is settled already.");
  const { entityType, entityId } = conflict;
  const live = rows.shown(entityType, entityId);
  const edited = rows.queuedOf(entityType, entityId).some(({ change }) => !live || touches(conflict, change));
  if (edited || !stillStands(conflict, live)) {
    const again = edited ? conflict : reviewed(conflict, live);
    if (!again) {
      const gone = "Cannot resolve the conflict: its record was deleted or restored meanwhile.";
      return { remove: [rowKey.conflict(id)], ...refuse("not_found", gone) };
    }
    const put: StoreRow[] = again === conflict ? [] : [[rowKey.conflict(id), again]];
    return { put, ...refuse("changed_again", "This changed again meanwhile. Please review it once more.") };
  }
  if (conflict.truncated && choice === "theirs" && conflict.winner === "mine") {
    return refuse(
      "not_found",
      "Cannot take the other side's values: they were too large to be sent along. " +
        "Look them up in the history and give them as fields.",
    );
  }
  const remove = [rowKey.conflict(id)];
  const intent = resolvingIntent(rows, conflict, choice);
  if (!intent) return { remove, result: { ok: true } };
  const checked = checkIntent({ ...intent, data: ownCopy(intent.data) });
  if (!checked.ok) return refuse(checked.code, `Cannot resolve the conflict: ${checked.reason}`);
  const edit = { intent: checked.intent, ...stamp, schemaVersion: schemaVersion(intent.entityType) };
  const { put = [] } = planQueue(rows, [edit]);
  return { put, remove, result: { ok: true } };
}

/** Whether an edit that waits is about what the person chooses between. */
function touches({ fields }: ConflictRow, { type, data, unset }: ChangeRecord): boolean {
  return type !== "UPDATED" ||
    fields.some(({ name }) => Object.hasOwn(data ?? {}, name) || unset?.includes(name));
}

/** Whether the entity is still as it was when the conflict was noticed. */
function stillStands({ reason, version }: ConflictRow, live: BaseRow | undefined): boolean {
  if (reason === "deleted_on_server" || reason === "updated_on_server") return live === undefined;
  return live !== undefined && live.version <= version;
}

/** The conflict as it is to be looked at once more; null if what became of the entity has settled it. */
function reviewed(conflict: ConflictRow, live: BaseRow | undefined): ConflictRow | null {
  if (!live || conflict.reason === "updated_on_server") return null;
  // Deleted and restored again before our edit came: it did not act, and the living values stand.
  const lives = conflict.reason === "deleted_on_server";
  const winner = lives ? "theirs" : conflict.winner;
  const fields = conflict.fields.map(({ [winner]: _stood, ...field }) =>
    Object.hasOwn(live.data, field.name) ? { ...field, [winner]: live.data[field.name] } : field
  );
  return {
    ...conflict,
    ...(lives ? { reason: "same_field" } : {}),
    winner,
    fields,
    version: live.version,
  };
}

/** The change that settles the conflict, or null if the choice already stands and needs none. */
function resolvingIntent(
  rows: DeviceRows,
  conflict: ConflictRow,
  choice: Choice,
): ChangeIntent | null {
  const { entityType, entityId, reason } = conflict;
  if (reason === "deleted_on_server" || reason === "updated_on_server") {
    const data = restoredEntity(conflict, choice);
    return data === null ? null : { type: "CREATED", entityType, entityId, data };
  }
  const live = rows.shown(entityType, entityId)?.data ?? {};
  const wanted = typeof choice === "object" ? choice : valuesOf(conflict, choice, live);
  const data: JsonObject = {};
  const unset: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined) data[name] = value;
    else if (Object.hasOwn(live, name)) unset.push(name);
  }
  if (Object.keys(data).length === 0 && unset.length === 0) return null;
  // Written even when that value stands already: the new version closes the conflict on the other device.
  return { type: "UPDATED", entityType, entityId, data, ...(unset.length > 0 ? { unset } : {}) };
}

/** One side's values of the fields concerned; `undefined` for a field that this side removed. */
function valuesOf({ fields, truncated }: ConflictRow, side: "mine" | "theirs", live: JsonObject): JsonObject {
  return Object.fromEntries(fields.map((field) => {
    // Truncated: what stands is not in the conflict, only in the base.
    const values = truncated && !Object.hasOwn(field, side) ? live : { [field.name]: field[side] };
    return [field.name, ownField(values, field.name)];
  }));
}

/** After a deletion: the entity as it is to live again, or null if it stays deleted. */
function restoredEntity(conflict: ConflictRow, choice: Choice): JsonObject | null {
  const { winner, fields, theirs, base } = conflict;
  // Whoever deleted it has won: their choice leaves it deleted.
  if (choice === winner) return null;
  if (choice === "theirs") return theirs?.data ?? null;
  const data: Record<string, unknown> = { ...(theirs?.data ?? base) };
  for (const field of winner === "theirs" ? fields : []) {
    // A field that mine had removed does not come back, not even with values of the person's own for others.
    if (choice === "mine" || !Object.hasOwn(field, "mine")) data[field.name] = field.mine;
  }
  if (choice !== "mine") Object.assign(data, choice);
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}
