/**
 * The part of judging a pushed change that needs nothing from the store: shape, sizes, digest.
 */
import {
  changeDigest,
  checkChange,
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

/** Checks all elements of a request, each on its own. */
export function prepareChanges(changes: readonly unknown[]): Promise<Prepared[]> {
  return Promise.all(changes.map(prepareChange));
}

/** The id that a verdict echoes: as sent, or null for what is no short string. */
export function echoedChangeId(input: unknown): string | null {
  const id = isJsonObject(input) ? input.changeId : undefined;
  return typeof id === "string" && id.length <= limits.echoedChangeIdUnitsMax ? id : null;
}

async function prepareChange(input: unknown): Promise<Prepared> {
  const checked = checkChange(input);
  if (checked.ok) {
    const { change } = checked;
    const digest = await changeDigest(change);
    return { ok: true, change, digest, markId: change.changeId.toLowerCase(), key: entityKey(change) };
  }
  const { code, reason } = checked;
  const verdict: Verdict = { changeId: echoedChangeId(input), status: "rejected", code, reason };
  return { ok: false, verdict, createdKey: createdKeyOf(input) };
}

function createdKeyOf(input: unknown): string | null {
  if (!isJsonObject(input) || input.type !== "CREATED") return null;
  const { entityType, entityId } = input;
  return typeof entityType === "string" && typeof entityId === "string"
    ? entityKey({ entityType, entityId })
    : null;
}
