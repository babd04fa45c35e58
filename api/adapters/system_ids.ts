/** Ids from the machine's clock and randomness. */
import { v7 } from "uuid";
import type { Ids } from "../ports.ts";

/** UUIDs v7. */
export function systemIds(): Ids {
  return { uuid: () => v7() };
}
