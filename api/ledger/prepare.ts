/**
 * The part of judging a pushed change that needs nothing from the store: shape, sizes, digest.
 */
import {
  changeDigest,
  checkChange,
  type CheckedChange,
  digestText,
  isEntityType,
  isId,
  isJsonObject,
  limits,
  type PushedChange,
  type Verdict,
} from "../../shared/mod.ts";
import { entityKey } from "./records.ts";

/** An element of `changes`, checked. */
export type Prepared =
  | {
    ok: true;
    change: PushedChange;
    digest: string;
    /** The changeId as it is compared: lower case. */
    markId: string;
    key: string;
  }
  | {
    ok: false;
    verdict: Verdict;
    /** Entity that a refused CREATED was about: what follows depends on it. */
    createdKey: string | null;
  };

/** Digests a change at once. */
export type Sha256Hex = (text: string) => string;

/** Checks all elements of a request, each on its own. Without `sha256Hex` digests are made by the platform. */
export async function prepareChanges(
  changes: readonly unknown[],
  sha256Hex?: Sha256Hex,
): Promise<Prepared[]> {
  const checked = changes.map((input) => ({ input, checked: checkChange(input) }));
  const digestOf = (change: PushedChange) => sha256Hex ? sha256Hex(digestText(change)) : changeDigest(change);
  const digests = checked.map(({ checked }) => checked.ok ? digestOf(checked.change) : "");
  const ready = sha256Hex ? digests as string[] : await Promise.all(digests);
  return checked.map(({ input, checked }, i) => prepared(input, checked, ready[i]!));
}

/** The id that a verdict echoes: as sent, or null for what is no short string. */
export function echoedChangeId(input: unknown): string | null {
  const id = isJsonObject(input) ? input.changeId : undefined;
  return typeof id === "string" && id.length <= limits.echoedChangeIdUnitsMax ? id : null;
}

function prepared(input: unknown, checked: CheckedChange, digest: string): Prepared {
  if (checked.ok) {
    const { change } = checked;
    return { ok: true, change, digest, markId: change.changeId.toLowerCase(), key: entityKey(change) };
  }
  const { code, reason } = checked;
  const verdict: Verdict = { changeId: echoedChangeId(input), status: "rejected", code, reason };
  return { ok: false, verdict, createdKey: createdKeyOf(input) };
}

function createdKeyOf(input: unknown): string | null {
  if (!isJsonObject(input) || input.type !== "CREATED") return null;
  const { entityType, entityId } = input;
  // A type that cannot be one may hold a slash, and then the key would be another entity's.
  return isEntityType(entityType) && isId(entityId) ? entityKey({ entityType, entityId }) : null;
}
