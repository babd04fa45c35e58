/**
 * Brings a JSON array that a page keeps by itself and the client's records together. Pure.
 *
 * Three sides: what both agreed on last (`base`), the page's array now, and the records now. What the page
 * changed since is queued; what the records changed since is put into the array. A field that both changed is
 * queued, and the server's order decides, as for any other edit.
 */
import { type ChangeIntent, type JsonObject, sameJson } from "../../../shared/mod.ts";

/** An item by its id; the order is the array's. */
export type ItemsById = ReadonlyMap<string, JsonObject>;

/** What is to be queued, without the type of the records. */
export type ItemChange = Omit<ChangeIntent, "entityType">;

/** The items that have an id; what has none, or no object, is left alone by the sync. */
export function itemsById(array: readonly unknown[]): Map<string, JsonObject> {
  const items = new Map<string, JsonObject>();
  for (const item of array) {
    const id = idOf(item);
    if (id !== null && !items.has(id)) items.set(id, item as JsonObject);
  }
  return items;
}

/** An item's id as text, or null. */
export function idOf(item: unknown): string | null {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return null;
  const { id } = item as { id?: unknown };
  return typeof id === "string" && id !== "" || typeof id === "number" ? String(id) : null;
}

/** Of the items that were refused those that the page has not changed since. */
export function stillRefused(refused: ItemsById, page: ItemsById): Map<string, JsonObject> {
  return new Map([...refused].filter(([id, item]) => sameJson(page.get(id), item)));
}

/**
 * What the page did to its array since `base`, as far as the records do not have it. Of an item that is in both
 * array and records, and nothing was agreed on, `isFirst` adds the fields that the record lacks: where both have
 * one, the record's stands. Later the page's is an edit like any other.
 */
export function pageChanges(
  base: ItemsById,
  page: ItemsById,
  records: ItemsById,
  isFirst = false,
): ItemChange[] {
  const changes: ItemChange[] = [];
  for (const [entityId, item] of page) {
    const before = base.get(entityId);
    const record = records.get(entityId);
    if (!before && !record) changes.push({ type: "CREATED", entityId, data: item });
    else {
      const now = isFirst && !before ? { ...item, ...record } : item;
      changes.push(...updateOf(entityId, before ?? {}, now, record));
    }
  }
  for (const entityId of base.keys()) {
    if (!page.has(entityId) && records.has(entityId)) changes.push({ type: "DELETED", entityId });
  }
  return changes;
}

/** Whether a first meeting takes a value from the page's items. */
export function isOverruled(base: ItemsById, page: ItemsById, records: ItemsById): boolean {
  return [...page].some(([id, item]) =>
    !base.has(id) &&
    Object.entries(records.get(id) ?? {}).some(([name, value]) =>
      Object.hasOwn(item, name) && !sameJson(item[name], value)
    )
  );
}

/**
 * The array with the records in the places of their items; new ones last. Items without an id, and further ones
 * of an id, are untouched.
 */
export function arrayOf(array: readonly unknown[], records: ItemsById): unknown[] {
  const placed = new Set<string>();
  const kept = array.flatMap((item) => {
    const id = idOf(item);
    if (id === null) return [item];
    const record = records.get(id);
    if (!record) return [];
    if (placed.has(id)) return sameJson(item, record) ? [] : [item];
    placed.add(id);
    return [record];
  });
  const added = [...records].filter(([id]) => !placed.has(id)).map(([, record]) => record);
  return [...kept, ...added];
}

/** The fields that differ between `before` and `now`, without those that are in the record as they are now. */
function updateOf(entityId: string, before: JsonObject, now: JsonObject, record?: JsonObject): ItemChange[] {
  const has = (item: JsonObject | undefined, name: string, value: unknown) =>
    item !== undefined && Object.hasOwn(item, name) && sameJson(item[name], value);
  const written = Object.entries(now)
    .filter(([name, value]) => !has(before, name, value) && !has(record, name, value));
  const unset = Object.keys(before)
    .filter((name) => !Object.hasOwn(now, name) && (!record || Object.hasOwn(record, name)));
  if (written.length === 0 && unset.length === 0) return [];
  const data = Object.fromEntries(written);
  return [{ type: "UPDATED", entityId, data, ...(unset.length > 0 && { unset }) }];
}
