/** The rollout switches in memory; a restore of the ledger beside them leaves them as they are. */
import type { FlagStore } from "../ledger/flag_store.ts";
import { overridesAfter } from "../ledger/flags_plan.ts";
import type { Flags } from "../ledger/records.ts";
import type { FlagsAuditRow } from "../rollout_flags.ts";

/** Flags that were never set; `flags()` is what a read of a head tells. */
export function memoryFlagStore(): FlagStore & { flags(): Flags } {
  let flags: Flags = {};
  let overrides = new Map<string, boolean>();
  const rows = new Map<number, FlagsAuditRow>();
  const token = () => String(flags.revision ?? 0);
  return {
    flags: () => flags,
    readFlags: () => Promise.resolve({ flags: { ...flags }, token: token(), overrides: new Map(overrides) }),
    readFlagsFor: (user) => Promise.resolve({ flags: { ...flags }, override: overrides.get(user) ?? null }),
    writeFlags(expected, write) {
      if (expected !== token()) return Promise.resolve(null);
      flags = { ...write.flags };
      overrides = overridesAfter(overrides, write.overrides);
      rows.set(write.row.revision, structuredClone(write.row));
      rows.delete(write.forgotten);
      return Promise.resolve(token());
    },
    listFlagsAudit(before, limit) {
      const listed = [...rows.values()].filter(({ revision }) => before === null || revision < before)
        .reverse().slice(0, limit);
      return Promise.resolve(structuredClone(listed));
    },
  };
}
