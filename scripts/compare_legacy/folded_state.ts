/**
 * A user's state as a v2 client comes to it: the fold of the log's effects in version order; of a log that was
 * trimmed, the compacted records that a new device gets instead.
 */
import {
  addTerm,
  applyEffect,
  type Checksum,
  checksumTerm,
  emptyChecksum,
  type JsonObject,
} from "../../shared/mod.ts";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import { entityKey, type EntityRef, type Head } from "../../api/ledger/records.ts";
import { rowsAbove } from "../../api/ledger/rows_above.ts";
import { deltaRecord } from "../../api/ledger/wire.ts";

/** A record that lives, at the version of its last effect. */
export interface FoldedRecord extends EntityRef {
  data: JsonObject;
  version: number;
}

/** The fold. */
export interface FoldedState {
  records: Map<string, FoldedRecord>;
  /** To be equal to the head's. */
  checksum: Checksum;
}

/** Entities of one read of a trimmed log's state. */
const entitiesPerReadMax = 500;

/** Folds everything up to `head`. */
export async function foldedState(store: LedgerStore, user: string, head: Head): Promise<FoldedState> {
  const records = head.floor === 0 ? await foldLog(store, user, head) : await readFeed(store, user, head);
  let checksum = emptyChecksum;
  for (const { entityType, entityId, version, data } of records.values()) {
    checksum = addTerm(checksum, checksumTerm(entityType, entityId, version, data));
  }
  return { records, checksum };
}

async function foldLog(
  store: LedgerStore,
  user: string,
  head: Head,
): Promise<Map<string, FoldedRecord>> {
  const records = new Map<string, FoldedRecord>();
  for await (const rows of rowsAbove(store, user, head.prefix, 0, head.version)) {
    for (const row of rows) {
      const delta = deltaRecord(row);
      if (!delta) continue;
      const { entityType, entityId } = row;
      const key = entityKey(row);
      const data = applyEffect(records.get(key)?.data, delta);
      if (data) records.set(key, { entityType, entityId, version: row.version, data });
      else records.delete(key);
    }
  }
  return records;
}

async function readFeed(
  store: LedgerStore,
  user: string,
  { prefix, version: upTo }: Head,
): Promise<Map<string, FoldedRecord>> {
  const records = new Map<string, FoldedRecord>();
  for (let after = 0; after < upTo;) {
    const feed = await store.listFeed(user, prefix, { after, upTo, limit: entitiesPerReadMax });
    if (feed.length === 0) break;
    after = feed.at(-1)!.version;
    const live = feed.filter(({ deleted }) => !deleted);
    const { entities } = await store.readState(user, prefix, [], live, Number.MAX_SAFE_INTEGER);
    for (const entity of entities) {
      if (!entity || entity === "too_much" || entity.deleted) continue;
      const { entityType, entityId, version, data } = entity;
      records.set(entityKey(entity), { entityType, entityId, version, data });
    }
  }
  return records;
}
