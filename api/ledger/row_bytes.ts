/** What a log row weighs as it is kept, for whoever goes through rows that an answer may have nothing of. */
import { jsonBytes } from "../../shared/mod.ts";
import type { LogRow } from "./records.ts";

/** Ids, times, punctuation. */
const otherBytes = 400;

/** About the bytes of a row: its data are weighed already, and the other side of a conflict may weigh as much. */
export function rowBytes({ dataBytes, unset = [], conflict }: LogRow): number {
  return dataBytes + jsonBytes(unset) + (conflict ? jsonBytes(conflict) : 0) + otherBytes;
}
