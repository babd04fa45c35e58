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

/** What the page did to its array since `base`. */
export function pageChanges(base: ItemsById, page: ItemsById): ItemChange[] {
  const changes: ItemChange[] = [];
  for (const [entityId, item] of page) {
    const before = base.get(entityId);
    if (!before) changes.push({ type: "CREATED", entityId, data: item });
    else changes.push(...updateOf(entityId, before, item));
  }
  for (const entityId of base.keys()) {
    if (!page.has(entityId)) changes.push({ type: "DELETED", entityId });
  }
  return changes;
}

/**
 * What to queue where nothing was agreed on yet: items that only the page has, and fields that only its items
 * have. Where both have a field the record stands.
 */
export function firstChanges(page: ItemsById, records: ItemsById): ItemChange[] {
  const changes: ItemChange[] = [];
  for (const [entityId, item] of page) {
    const record = records.get(entityId);
    if (!record) {
      changes.push({ type: "CREATED", entityId, data: item });
      continue;
    }
    const added = Object.entries(item).filter(([name]) => !Object.hasOwn(record, name));
    if (added.length > 0) changes.push({ type: "UPDATED", entityId, data: Object.fromEntries(added) });
  }
  return changes;
}

/** The array with the records in the places of their items; new ones last, items without an id untouched. */
export function arrayOf(array: readonly unknown[], records: ItemsById): unknown[] {
  const placed = new Set<string>();
  const kept = array.flatMap((item) => {
    const id = idOf(item);
    if (id === null) return [item];
    const record = records.get(id);
    if (!record || placed.has(id)) return [];
    placed.add(id);
    return [record];
  });
  const added = [...records].filter(([id]) => !placed.has(id)).map(([, record]) => record);
  return [...kept, ...added];
}

function updateOf(entityId: string, before: JsonObject, now: JsonObject): ItemChange[] {
  const written = Object.entries(now).filter(([name, value]) =>
    !Object.hasOwn(before, name) || !sameJson(before[name], value)
  );
  const unset = Object.keys(before).filter((name) => !Object.hasOwn(now, name));
  if (written.length === 0 && unset.length === 0) return [];
  const data = Object.fromEntries(written);
  return [{ type: "UPDATED", entityId, data, ...(unset.length > 0 && { unset }) }];
}
