/**
 * Folds one page into the base slot that is being filled: pulled effects and this request's own applied and
 * merged changes, in version order, with the checksum kept up in O(1) per entity touched. What the app sees of
 * them is lifted to the site's schema; checksum and further effects go by what the server said.
 */
import {
  addTerm,
  applyEffect,
  type Checksum,
  checksumTerm,
  formatChecksum,
  type JsonObject,
  type PulledChange,
  removeTerm,
  type SyncResponse,
} from "../../shared/mod.ts";
import type { Batch } from "./take_batch.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { StoreKey, StoreRow } from "../ports.ts";
import { type BaseRow, entityKey, rowKey, type SyncRow } from "../rows.ts";
import { type EntityTypes, liftRecord } from "./lift_record.ts";

/** One effect of a page; `own` ones were left out of the answer and come from the batch. */
export interface PageEffect {
  change: PulledChange;
  own: boolean;
  /** What a deletion met, as the server had it. */
  removed?: JsonObject;
}

/** What folding a page writes. */
export interface PageFold {
  put: StoreRow[];
  remove: StoreKey[];
  effects: PageEffect[];
  /** Entities touched. */
  changed: number;
  compacted: boolean;
  checksum: Checksum;
  checksumText: string;
}

/** Folds the page of `answer`; `sync` is where the device stands, after a reset if there was one. */
export function foldPage(
  rows: DeviceRows,
  sync: SyncRow,
  batch: Batch,
  answer: SyncResponse,
  slotIsEmpty: boolean,
  entityTypes: EntityTypes = {},
): PageFold {
  const { from } = batch;
  const compacted = answer.reset !== undefined || from.epoch === null || from.snapshot || from.cursor === 0;
  const effects: PageEffect[] = compacted
    ? answer.newChanges.map((change) => ({ change, own: false }))
    : inVersionOrder(answer, ownEffects(batch, answer));
  const slot = sync.staging ? 1 - sync.shownSlot : sync.shownSlot;
  const touched = new Map<string, { type: string; id: string; before?: BaseRow; after?: BaseRow }>();
  for (const effect of effects) {
    const { change } = effect;
    const { entityType: type, entityId: id, version } = change;
    const key = entityKey(type, id);
    let entity = touched.get(key);
    if (!entity) {
      const before = slotIsEmpty ? undefined : rows.base[slot]!.get(type)?.get(id);
      touched.set(key, entity = before ? { type, id, before, after: before } : { type, id });
    }
    // Further changes are about the server's own data, not about what a schema migration made of it.
    const met = entity.after?.raw ?? entity.after?.data;
    const data = applyEffect(met, change);
    if (met && !data) effect.removed = met;
    if (data) entity.after = { version, data };
    else delete entity.after;
  }
  const fold: Omit<PageFold, "checksumText"> = {
    put: [],
    remove: [],
    effects,
    changed: touched.size,
    compacted,
    checksum: sync.checksum,
  };
  for (const { type, id, before, after } of touched.values()) {
    if (before) {
      fold.checksum = removeTerm(
        fold.checksum,
        checksumTerm(type, id, before.version, before.raw ?? before.data),
      );
    }
    if (after) {
      fold.checksum = addTerm(fold.checksum, checksumTerm(type, id, after.version, after.data));
      const schema = Object.hasOwn(entityTypes, type) ? entityTypes[type] : undefined;
      const lifted = schema && liftRecord(after, [type, id], schema, rows.schema[type]);
      fold.put.push([rowKey.base(slot, type, id), lifted ?? after]);
      continue;
    }
    // Also where nothing lay: what was shown above the cursor is gone, and the view has to look again.
    fold.remove.push(rowKey.base(slot, type, id));
  }
  return { ...fold, checksumText: formatChecksum(fold.checksum) };
}

/** This request's applied and merged changes that lie within the page. */
function ownEffects({ rows }: Batch, answer: SyncResponse): PageEffect[] {
  const own: PageEffect[] = [];
  answer.results.forEach(({ status, version }, i) => {
    if ((status !== "applied" && status !== "merged") || version! > answer.latestServerVersion) return;
    const { retryCount: _retryCount, baseVersion: _baseVersion, ...change } = rows[i]!.change;
    own.push({ own: true, change: { ...change, version: version!, createdAt: answer.serverTime } });
  });
  return own;
}

function inVersionOrder(answer: SyncResponse, own: PageEffect[]): PageEffect[] {
  const pulled = new Set(answer.newChanges.map((change) => change.version));
  return [
    ...answer.newChanges.map((change) => ({ change, own: false })),
    ...own.filter(({ change }) => !pulled.has(change.version)),
  ].sort((a, b) => a.change.version - b.change.version);
}
