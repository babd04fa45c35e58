/** Flags in a store that this process has opened; servers on the same store go by them with their next request. */
import { createRolloutFlags } from "../../api/ledger/flags.ts";
import type { LedgerDeps } from "../../api/ledger/deps.ts";
import { FlagsError, type FlagsTarget } from "./flags_target.ts";

/** `by` is who the audit trail names. */
export function storeFlags(deps: LedgerDeps, by: string): FlagsTarget {
  const flags = createRolloutFlags(deps);
  return {
    read: () => flags.read(),
    async change(change) {
      const written = await flags.change(change, { by, via: "command" });
      if (written.ok) return written.row;
      if (written.code === "too_many_overrides") throw new FlagsError(written.reason);
      throw new FlagsError("The store is busy with other changes of the flags. Try again.");
    },
    audit: async (limit) => (await flags.audit({ limit })).rows,
  };
}
