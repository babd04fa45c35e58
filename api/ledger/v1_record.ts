/**
 * A record as a V1 client sends it, made fit for the ledger: dialects normalised, judged by the contract's own
 * guard, and given the changeId that the same record in the same request always gets. Pure.
 */
import { checkIntent, isEntityType, isId, type JsonObject, limits } from "../../shared/mod.ts";
import { derivedChangeId } from "../../shared/derived_change_id.ts";
import { readLegacyRecord } from "../../shared/legacy_record.ts";
import type { V1Record } from "../ports.ts";
import { entityKey } from "./records.ts";

/** A record that can be decided on. */
export interface V1Ready {
  ok: true;
  entityType: string;
  entityId: string;
  key: string;
  changeId: string;
  data: JsonObject;
  /** The record as it came. */
  raw: JsonObject;
  /** Fields of `data` that the client sent, by the name it used: what normalising filled in is nobody's edit. */
  sent: ReadonlyMap<string, string>;
  deleted: boolean;
  /** When it was made, by the client's clock; null where it does not say. */
  atMs: number | null;
}

/** A record that can not, with a word for why. */
export interface V1Refused {
  ok: false;
  entityType: string;
  /** Empty where there is none that may be repeated. */
  entityId: string;
  reason: string;
}

/** `source` is the request's idempotency key, else its token, else null. */
export function readV1Record(
  user: string,
  source: string | null,
  { entityType, record }: V1Record,
): V1Ready | V1Refused {
  const read = readLegacyRecord(entityType, record);
  if (!read.ok) {
    return { ok: false, entityType: shownType(entityType), entityId: idOf(record), reason: "invalid_record" };
  }
  const { id, data, deleted } = read;
  const checked = checkIntent({ type: "CREATED", entityType, entityId: id, data });
  if (!checked.ok) {
    return { ok: false, entityType: shownType(entityType), entityId: id, reason: checked.code };
  }
  const raw = record as JsonObject;
  return {
    ok: true,
    entityType,
    entityId: id,
    key: entityKey({ entityType, entityId: id }),
    changeId: derivedChangeId([user, "v1", source, entityType, id, data]),
    data,
    raw,
    sent: sentFields(data, raw),
    deleted,
    atMs: timeOf(deleted ? data.deletedAt : data.updatedAt),
  };
}

function sentFields(data: JsonObject, raw: JsonObject): Map<string, string> {
  const sent = new Map<string, string>();
  for (const name of Object.keys(data)) {
    // The id names the record, wherever it is kept.
    if (name === "id") continue;
    if (Object.hasOwn(raw, name)) sent.set(name, name);
    else if (name === "goalIds" && Object.hasOwn(raw, "goals")) sent.set(name, "goals");
  }
  return sent;
}

function idOf(record: unknown): string {
  const id = (record as { id?: unknown } | null | undefined)?.id;
  return isId(id) ? id : "";
}

/** A type of the client's choice may be anything; what cannot be one is not repeated. */
function shownType(entityType: string): string {
  return isEntityType(entityType) ? entityType : "";
}

function timeOf(value: unknown): number | null {
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  return Math.abs(ms) <= limits.timestampAbsMax ? ms : null;
}
