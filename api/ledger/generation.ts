/** The store's generation: written once by whoever first finds it missing; a restore writes a new one. */
import type { LedgerDeps } from "./deps.ts";
import type { HeadRead } from "./ledger_store.ts";

/** The generation that a head was read in. */
export async function readGeneration(deps: LedgerDeps, read: HeadRead): Promise<string> {
  return read.generation ?? await deps.store.createGeneration(deps.ids.uuid());
}
