/**
 * The digest that a mark keeps of a settled change: the same changeId with another digest is a client bug
 * (`change_id_reused`), never an edit. Timestamp, retryCount and baseVersion are not part of it, because a
 * client may rightly send them differently on a second try.
 */
import type { ChangeIntent } from "./change.ts";
import { canonicalJson } from "./json.ts";
import { sha256Hex } from "./universal.ts";

/** The text that is digested: JCS `[type, entityType, entityId, data ?? null, sorted unset ?? []]`. */
export function digestText(change: ChangeIntent): string {
  const data = change.type === "DELETED" ? null : change.data ?? null;
  const unset = change.type === "UPDATED" ? [...(change.unset ?? [])].sort() : [];
  return canonicalJson([change.type, change.entityType, change.entityId, data, unset]);
}

/** SHA-256 hex over {@linkcode digestText}. */
export function changeDigest(change: ChangeIntent): Promise<string> {
  return sha256Hex(digestText(change));
}
