/**
 * Queues what a page did to its array, item by item, and keeps the agreement in step: whatever ends it half-way
 * leaves an agreement that is true.
 */
import type { Agreement } from "./agreement.ts";
import type { ItemChange, ItemsById } from "./plan_array_sync.ts";
import { isDeviceFault, queueAs } from "./queue_as.ts";
import type { WatchOptions } from "./watch_storage.ts";

/**
 * Queues `changes`; false if the user, or the watch, has gone meanwhile. Rejects if the device is at fault; an item
 * at fault is refused, told, and holds nothing up.
 */
export async function queuePage(
  { client, entityType, failed }: WatchOptions,
  { userId, items, refused }: Agreement,
  page: ItemsById,
  changes: readonly ItemChange[],
  signal: AbortSignal,
): Promise<boolean> {
  for (const change of changes) {
    const item = page.get(change.entityId);
    try {
      if (signal.aborted || !await queueAs(client, userId, () => ({ ...change, entityType }))) return false;
    } catch (error) {
      if (isDeviceFault(error) || !item) throw error;
      failed(error);
      refused.set(change.entityId, item);
      continue;
    }
    if (item) items.set(change.entityId, item);
    else items.delete(change.entityId);
  }
  // Also where nothing had to be queued: the records have it, or will overrule it.
  for (const [id, item] of page) if (!refused.has(id)) items.set(id, item);
  for (const id of items.keys()) if (!page.has(id)) items.delete(id);
  return true;
}
