/**
 * The identity of a history: `generation.number`. A restore of the store changes the generation, an erase or
 * a cursor from the future changes the number.
 */
import type { ResetReason } from "../../shared/mod.ts";
import type { Epoch, Head } from "./records.ts";

/** The epoch as it goes over the wire. */
export function formatEpoch(epoch: Epoch): string {
  return `${epoch.generation}.${epoch.number}`;
}

/** Reads an epoch off the wire; null for anything this server cannot have written. */
export function parseEpoch(text: string): Epoch | null {
  const match = /^([0-9a-f-]{36})\.([1-9][0-9]{0,14})$/.exec(text);
  return match ? { generation: match[1]!, number: Number(match[2]) } : null;
}

/** Below 0 if `a` is older than `b`. Generations are UUIDs v7, which rise with time as text. */
export function compareEpochs(a: Epoch, b: Epoch): number {
  if (a.generation !== b.generation) return a.generation < b.generation ? -1 : 1;
  return a.number - b.number;
}

/** What a client must be told before anything else, and whether the user's epoch number must rise first. */
export interface Standing {
  reset: ResetReason | null;
  raise: boolean;
}

/**
 * Compares a client's epoch and cursor with the head. A cursor above the head means that the store went back
 * in time without saying so; everybody who shares that epoch must hear of it, hence `raise`.
 */
export function judgeStanding(
  head: Head,
  generation: string,
  client: { epoch?: string; cursor: number },
): Standing {
  const ours = formatEpoch({ generation, number: head.epochNumber });
  if (client.epoch === undefined || client.epoch === ours) {
    const ahead = client.cursor > head.version;
    return { reset: ahead ? "restored" : null, raise: ahead };
  }
  const theirs = parseEpoch(client.epoch);
  const erased = theirs !== null && head.lastErasedEpoch !== null &&
    compareEpochs(theirs, head.lastErasedEpoch) <= 0;
  return { reset: erased ? "erased" : "restored", raise: false };
}
