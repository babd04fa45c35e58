/**
 * The rollout switches in Deno KV. `["flags"]` holds the small part that every request reads, and is what every
 * write checks; each override and each audit row has a key of its own.
 */
import { flagLimits, type FlagsRead, type FlagStore } from "../ledger/flag_store.ts";
import type { FlagsAuditRow } from "../rollout_flags.ts";
import { flagsAuditKey, flagsKey, flagsOverrideKey } from "./kv_keys.ts";
import { whileLocked } from "./kv_lock.ts";
import { decodeFlags, decodeJson, encodeJson } from "./kv_values.ts";

/** Token of flags that were never set. */
const unset = "unset";

/** Flags on an open database. */
export function kvFlagStore(kv: Deno.Kv): FlagStore {
  return {
    readFlags: () => whileLocked(() => readFlags(kv)),
    readFlagsFor: (user) =>
      whileLocked(async () => {
        const keys = [flagsKey, flagsOverrideKey(user)] as const;
        const [flags, override] = await kv.getMany<[Uint8Array, Uint8Array]>(keys);
        return {
          flags: flags.value ? decodeFlags(flags.value) : {},
          override: override.value ? decodeJson<boolean>(override.value) : null,
        };
      }),
    writeFlags: (token, { flags, overrides, row, forgotten }) =>
      whileLocked(async () => {
        const atomic = kv.atomic().check({ key: flagsKey, versionstamp: token === unset ? null : token })
          .set(flagsKey, encodeJson(flags)).set(flagsAuditKey(row.revision), encodeJson(row));
        if (forgotten > 0) atomic.delete(flagsAuditKey(forgotten));
        for (const { user, after } of overrides) {
          const key = flagsOverrideKey(user);
          if (after === null) atomic.delete(key);
          else atomic.set(key, encodeJson(after));
        }
        const result = await atomic.commit();
        return result.ok ? result.versionstamp : null;
      }),
    listFlagsAudit: (before, limit) =>
      whileLocked(async () => {
        const rows: FlagsAuditRow[] = [];
        const end = flagsAuditKey(before ?? Number.MAX_SAFE_INTEGER);
        const options = { limit, batchSize: Math.min(limit, 500), reverse: true };
        for await (const { value } of kv.list<Uint8Array>({ start: flagsAuditKey(0), end }, options)) {
          rows.push(decodeJson<FlagsAuditRow>(value));
        }
        return rows;
      }),
  };
}

/** One listing of one batch, which is a snapshot: switches and overrides of the same moment. */
async function readFlags(kv: Deno.Kv): Promise<FlagsRead> {
  const read: FlagsRead = { flags: {}, token: unset, overrides: new Map() };
  const everything = { start: flagsKey, end: flagsAuditKey(0) };
  // One more than there can be: a batch that is full is followed by another.
  const entries = kv.list<Uint8Array>(everything, { batchSize: flagLimits.overridesMax + 2 });
  for await (const { key, value, versionstamp } of entries) {
    if (key.length > 1) read.overrides.set(key.at(-1) as string, decodeJson<boolean>(value));
    else {
      read.flags = decodeFlags(value);
      read.token = versionstamp;
    }
  }
  return read;
}
