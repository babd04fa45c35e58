/**
 * The compact guard for one element of `changes`. Server and client run this same code, so that a change
 * which would be rejected for its shape is refused when it is queued, while the person is still there.
 *
 * Faults are judged in the contract's order and the first one names the code. The zod schemas in `schema.ts`
 * describe the same wire for documents and tools; a test holds the two together on the golden fixtures.
 */
import {
  type ChangeIntent,
  type ChangeType,
  changeTypes,
  type PushedChange,
  type RejectionCode,
} from "./change.ts";
import { isJsonObject, jsonBytes, type JsonObject } from "./json.ts";
import { limits } from "./limits.ts";
import { isForbiddenKey, scanJson } from "./scan_json.ts";

/** A refusal: `code` for programs, `reason` for people (what, what is required; never the value itself). */
export interface Fault {
  ok: false;
  code: RejectionCode;
  reason: string;
}
/** A change that may be stored; only the contract's own fields, `data` by reference. */
export type CheckedChange = { ok: true; change: PushedChange } | Fault;
/** The same for the intent that an app queues. */
export type CheckedIntent = { ok: true; intent: ChangeIntent } | Fault;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const entityTypePattern = /^[a-z][a-z0-9_]{0,63}$/;
// deno-lint-ignore no-control-regex -- control characters are what this pattern is for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

/** Whether `value` has the form of a UUID, any version, either case. */
export function isUuid(value: unknown): value is string {
  return typeof value === "string" && uuidPattern.test(value);
}

/** Whether `value` may be an entity type. */
export function isEntityType(value: unknown): value is string {
  return typeof value === "string" && entityTypePattern.test(value);
}

/** Whether `value` may be an `entityId` or a user id: 1–128 units, well formed, no control characters. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && value.length >= 1 && value.length <= limits.idUnitsMax &&
    value.isWellFormed() && !controlCharacter.test(value);
}

/** Checks one pushed change as it came off the wire. Never throws. */
export function checkChange(input: unknown): CheckedChange {
  if (!isJsonObject(input)) return fault("invalid_change", "A change must be a JSON object.");
  if (!isUuid(input.changeId)) return fault("invalid_change", "changeId must be a UUID.");
  const checked = checkIntent(input, () => metadataFault(input));
  if (!checked.ok) return checked;
  const change: PushedChange = {
    changeId: input.changeId,
    ...checked.intent,
    timestamp: input.timestamp as number,
    retryCount: (input.retryCount as number | undefined) ?? 0,
  };
  if (input.baseVersion !== undefined) change.baseVersion = input.baseVersion as number;
  return { ok: true, change };
}

/**
 * Checks what an app asks to be queued. `metadataFault` lets the wire check put its own shape faults in
 * their place in the order.
 */
export function checkIntent(
  input: JsonObject,
  metadataFault: () => Fault | null = () => null,
): CheckedIntent {
  const { type, entityType, entityId } = input;
  if (!isChangeType(type)) return fault("invalid_change", "type must be CREATED, UPDATED or DELETED.");
  if (!isEntityType(entityType)) {
    return fault("invalid_change", "entityType must be a letter a-z and up to 63 of a-z, 0-9, _.");
  }
  // Data of a DELETED and `unset` outside UPDATED are ignored; an UPDATED may come with `unset` alone.
  const data = type === "DELETED"
    ? undefined
    : type === "UPDATED" && input.data === undefined
    ? {}
    : input.data;
  const unset = type === "UPDATED" ? input.unset : undefined;
  const shape = shapeFault(type, data, unset) ?? metadataFault();
  if (shape) return shape;
  const faults = scanJson(data);
  const names = (unset ?? []) as string[];
  if (faults.loneSurrogate || !names.every((name) => name.isWellFormed())) {
    return fault("invalid_change", "Text must be well-formed Unicode.");
  }
  if (!isId(entityId)) {
    return fault(
      "invalid_id",
      "entityId must be 1 to 128 characters without control characters.",
    );
  }
  if (faults.forbiddenKey || names.some(isForbiddenKey)) {
    return fault(
      "forbidden_key",
      "__proto__, constructor and prototype cannot be field names.",
    );
  }
  if (faults.tooDeep) {
    return fault("too_deep", `Data may be nested ${limits.depthMax} levels deep at most.`);
  }
  if (faults.badNumber) {
    return fault("number_out_of_range", "Numbers must be finite, and whole numbers within ±(2^53 − 1).");
  }
  const size = sizeFault(data as JsonObject | undefined, names);
  if (size) return size;
  const intent: ChangeIntent = { type, entityType, entityId };
  if (data !== undefined) intent.data = data as JsonObject;
  if (unset !== undefined) intent.unset = names;
  return { ok: true, intent };
}

/** The fault of an entity (or of one change's data) that is too big, or null. */
export function sizeFault(data: JsonObject | undefined, unset?: readonly string[]): Fault | null {
  // Apart: what is removed makes room, so that all of a full entity's fields can be replaced by as many others.
  const fields = Math.max(Object.keys(data ?? {}).length, unset?.length ?? 0);
  if (fields > limits.entityFieldsMax) {
    return fault("too_large", `An entity may have ${limits.entityFieldsMax} fields at most.`);
  }
  if (data && jsonBytes(data) > limits.entityBytesMax) {
    return fault("too_large", `An entity may have ${limits.entityBytesMax / 1024} KiB of JSON at most.`);
  }
  return null;
}

function shapeFault(type: ChangeType, data: unknown, unset: unknown): Fault | null {
  if (type === "DELETED") return null;
  if (!isJsonObject(data)) return fault("invalid_change", "data must be a JSON object.");
  for (const name of Object.keys(data)) if (!isFieldName(name)) return fieldNameFault();
  if (type === "CREATED") return null;
  if (unset === undefined) {
    return Object.keys(data).length > 0
      ? null
      : fault("invalid_change", "An UPDATED change needs data or unset.");
  }
  if (!Array.isArray(unset) || unset.some((name) => typeof name !== "string")) {
    return fault("invalid_change", "unset must be a list of field names.");
  }
  if (unset.length === 0 && Object.keys(data).length === 0) {
    return fault("invalid_change", "An UPDATED change needs data or unset.");
  }
  if (!unset.every(isFieldName)) return fieldNameFault();
  if (unset.some((name) => Object.hasOwn(data, name))) {
    return fault("invalid_change", "A field cannot be in data and in unset of the same change.");
  }
  return null;
}

function metadataFault(input: JsonObject): Fault | null {
  const { timestamp, retryCount, baseVersion } = input;
  if (typeof timestamp !== "number" || !(Math.abs(timestamp) <= limits.timestampAbsMax)) {
    return fault(
      "invalid_change",
      "timestamp must be ms since 1970, in the range of dates.",
    );
  }
  if (retryCount !== undefined && !isCount(retryCount)) {
    return fault("invalid_change", "retryCount must be a whole number from 0.");
  }
  if (baseVersion !== undefined && !isCount(baseVersion)) {
    return fault("invalid_change", "baseVersion must be a whole number from 0.");
  }
  return null;
}

/** Whether `value` is a safe integer from 0: a version, a cursor, a count. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isChangeType(value: unknown): value is ChangeType {
  return (changeTypes as readonly unknown[]).includes(value);
}

function isFieldName(name: string): boolean {
  return name.length >= 1 && name.length <= limits.fieldNameUnitsMax;
}

function fieldNameFault(): Fault {
  return fault("invalid_change", `A field name must have 1 to ${limits.fieldNameUnitsMax} characters.`);
}

function fault(code: RejectionCode, reason: string): Fault {
  return { ok: false, code, reason };
}
