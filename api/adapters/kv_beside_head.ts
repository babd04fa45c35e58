/**
 * Writes of what belongs to a key space but to no commit. Checked against the head all the same: an erase moves the
 * head and then sweeps the old space, so what comes later would stay there for ever.
 */
import type { HeadToken } from "../ledger/ledger_store.ts";
import { emptyHead } from "../ledger/records.ts";
import type { KvWrite } from "./kv_commit_plan.ts";
import { headKey } from "./kv_keys.ts";
import type { Space } from "./kv_read.ts";
import { decodeHead } from "./kv_values.ts";

/** Attempts against writers who move the head on in the same space. */
const attemptsMax = 5;

/**
 * Writes while the head refers to the space, and nothing otherwise, nor when the head never stands still. With the
 * `token` of a head that was read and refers to it, nothing more is read unless it has moved.
 */
export async function writeBesideHead(
  { kv, user, prefix }: Space,
  { key, value }: Required<KvWrite>,
  token?: HeadToken,
): Promise<void> {
  let versionstamp = token;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    if (versionstamp === undefined) {
      const head = await kv.get<Uint8Array>(headKey(user));
      if ((head.value ? decodeHead(head.value) : emptyHead).prefix !== prefix) return;
      ({ versionstamp } = head);
    }
    const written = await kv.atomic().check({ key: headKey(user), versionstamp }).set(key, value).commit();
    if (written.ok) return;
    versionstamp = undefined;
  }
}
