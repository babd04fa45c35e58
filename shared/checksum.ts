/**
 * The state checksum that client and server compare after a complete pull: two 32-bit lanes, each the sum
 * mod 2^32 over the live entities of FNV-1a over JCS `[entityType, entityId, version, data]`. A sum can be
 * kept in O(1) per change, in any order, which a hash of the whole state cannot.
 */
import { canonicalJson, type JsonObject } from "./json.ts";
import { utf8 } from "./universal.ts";

/** Two unsigned 32-bit lanes. */
export type Checksum = readonly [number, number];

/** The checksum of a user without live entities. */
export const emptyChecksum: Checksum = [0, 0];

const fnvPrime = 0x01000193;
const laneOffsets = [0x811c9dc5, 0x9dc5811c] as const;

/** What one live entity adds to the checksum; `version` is the entity's latest. */
export function checksumTerm(
  entityType: string,
  entityId: string,
  version: number,
  data: JsonObject,
): Checksum {
  const bytes = utf8(canonicalJson([entityType, entityId, version, data]));
  let [first, second]: [number, number] = [laneOffsets[0], laneOffsets[1]];
  for (const byte of bytes) {
    first = Math.imul(first ^ byte, fnvPrime);
    second = Math.imul(second ^ byte, fnvPrime);
  }
  return [first >>> 0, second >>> 0];
}

/** The checksum with a term added. */
export function addTerm(sum: Checksum, term: Checksum): Checksum {
  return [(sum[0] + term[0]) >>> 0, (sum[1] + term[1]) >>> 0];
}

/** The checksum with a term taken away. */
export function removeTerm(sum: Checksum, term: Checksum): Checksum {
  return [(sum[0] - term[0]) >>> 0, (sum[1] - term[1]) >>> 0];
}

/** 16 lower-case hex digits, first lane first. */
export function formatChecksum(sum: Checksum): string {
  return sum.map((lane) => lane.toString(16).padStart(8, "0")).join("");
}
