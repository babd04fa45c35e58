/**
 * Writes records of a backup into a key space that no head refers to yet. Needs no check of any head, and may
 * be interrupted and done again: the same keys are written, and what a replaced state left is deleted.
 */
import type { KeptRecord } from "../ledger/ledger_store.ts";
import { entityKey, type EntityState } from "../ledger/records.ts";
import { cutWrites, keptWrites, type KvWrite } from "./kv_commit_plan.ts";
import { readState, type Space } from "./kv_read.ts";
import type { Manifest } from "./kv_values.ts";

/** Writes `records`; of several states of one entity the last stands. */
export async function importRecords(space: Space, records: readonly KeptRecord[]): Promise<void> {
  const { kv, user, prefix } = space;
  const last = new Map<string, EntityState>();
  for (const record of records) {
    if (record.kind === "entity") last.set(entityKey(record.entity), record.entity);
  }
  const manifests = new Map<EntityState, Manifest | null>();
  await readState(space, [], [...last.values()], Number.MAX_SAFE_INTEGER, (state, manifest) => {
    manifests.set(state, manifest);
  });
  const standing = new Map([...manifests.keys()].map((state) => [entityKey(state), state]));
  const writes: KvWrite[] = [];
  for (const record of records) {
    const isEntity = record.kind === "entity";
    if (isEntity && last.get(entityKey(record.entity)) !== record.entity) continue;
    const input = {
      user,
      // Always the same: what is written twice leaves no parts of the first time.
      nonce: () => `kept-${record.kind}`,
      manifestOf: (state: EntityState) => manifests.get(state) ?? null,
    };
    const replaced = isEntity ? standing.get(entityKey(record.entity)) ?? null : null;
    writes.push(...keptWrites(input, prefix, record, replaced));
  }
  for (const cut of cutWrites(onePerKey(writes))) {
    const atomic = kv.atomic();
    for (const { key, value } of cut) value ? atomic.set(key, value) : atomic.delete(key);
    await atomic.commit();
  }
}

/** Writing a state again deletes and sets the same keys: what is set stays. */
function onePerKey(writes: readonly KvWrite[]): KvWrite[] {
  const deletesFirst = [...writes.filter(({ value }) => !value), ...writes.filter(({ value }) => value)];
  return [...new Map(deletesFirst.map((write) => [JSON.stringify(write.key), write])).values()];
}
