/** The rows of one device database as they are durable now, parsed and by kind: what the checks read. */
import type { JsonObject } from "../../../shared/mod.ts";
import {
  type AckedRow,
  type BaseRow,
  initialSyncRow,
  type QuarantineRow,
  type QueueRow,
  type SyncRow,
} from "../../../client/rows.ts";
import type { StoreKey } from "../../../client/ports.ts";
import type { Database, Writes } from "../disk.ts";
import type { Profile } from "../profile.ts";
import { keyOf } from "./history_line.ts";

export class DatabaseMirror {
  queue = new Map<number, QueueRow>();
  quarantine = new Map<string, QuarantineRow>();
  acked = new Map<string, AckedRow>();
  discard = new Set<string>();
  /** Base rows by entity, slot by slot. */
  base: [Map<string, BaseRow>, Map<string, BaseRow>] = [new Map(), new Map()];
  sync: SyncRow = initialSyncRow;
  journalRows = 0;
  /** null: the database of nobody. */
  readonly user: string | null;

  constructor(readonly database: Database, readonly profile: Profile) {
    this.user = database.name.split("\u0001")[2] || null;
  }

  /** Reads everything anew. */
  reload(): void {
    this.queue.clear();
    this.quarantine.clear();
    this.acked.clear();
    this.discard.clear();
    for (const slot of this.base) slot.clear();
    this.sync = initialSyncRow;
    this.journalRows = 0;
    for (const { key, text } of this.database.rows.values()) this.#set(key, JSON.parse(text));
  }

  apply(writes: Writes): void {
    for (const { key, value } of writes.values()) this.#set(key, value);
  }

  /** The slot that pages are folded into. */
  get filled(): Map<string, BaseRow> {
    const { staging, shownSlot } = this.sync;
    return this.base[staging ? 1 - shownSlot : shownSlot]!;
  }

  /** Queue rows by the order of their places. */
  get queued(): QueueRow[] {
    return [...this.queue.values()].sort((a, b) => a.seq - b.seq);
  }

  /** Entities whose queued changes may wait: their CREATED was set aside, or the server fails on them. */
  held(): Set<string> {
    const held = new Set<string>();
    for (const { change } of this.quarantine.values()) if (change.type === "CREATED") held.add(keyOf(change));
    for (const { change, serverErrors = 0 } of this.queue.values()) {
      if (serverErrors >= 5) held.add(keyOf(change));
    }
    return held;
  }

  /** Every entity that has a part in the view. */
  keys(): Set<string> {
    const keys = new Set(this.base[this.sync.shownSlot]!.keys());
    for (const { change } of this.acked.values()) keys.add(keyOf(change));
    for (const { change } of this.queue.values()) keys.add(keyOf(change));
    return keys;
  }

  /** base ⊕ acknowledged above the cursor ⊕ queue, straight from the definition. */
  view(key: string): JsonObject | undefined {
    const { viewCursor, staging, shownSlot } = this.sync;
    let data: JsonObject | undefined = this.base[shownSlot]!.get(key)?.data;
    const acked = [...this.acked.values()]
      .filter((row) => row.effect && row.version > viewCursor && keyOf(row.change) === key)
      .sort((a, b) => a.version - b.version);
    const queued = this.queued.filter((row) => keyOf(row.change) === key && !(row.reoffered && staging));
    for (const { change } of [...acked, ...queued]) data = folded(data, change);
    return data;
  }

  #set([kind, first, type, id]: StoreKey, value: unknown): void {
    const gone = value === undefined;
    switch (kind) {
      case "queue":
        if (gone) this.queue.delete(first as number);
        else this.queue.set(first as number, value as QueueRow);
        break;
      case "quarantine":
        if (gone) this.quarantine.delete(first as string);
        else this.quarantine.set(first as string, value as QuarantineRow);
        break;
      case "acked":
        if (gone) this.acked.delete(`${first} ${type}`);
        else this.acked.set(`${first} ${type}`, value as AckedRow);
        break;
      case "discard":
        if (!gone) this.discard.add(first as string);
        break;
      case "base": {
        const key = `${type}/${id}`;
        if (gone) this.base[first as 0 | 1].delete(key);
        else this.base[first as 0 | 1].set(key, value as BaseRow);
        break;
      }
      case "journal":
        this.journalRows += gone ? -1 : 1;
        break;
      case "meta":
        if (first === "sync") this.sync = gone ? initialSyncRow : value as SyncRow;
    }
  }
}

/** One change on one entity; written apart from the product's own fold. */
function folded(
  before: JsonObject | undefined,
  { type, data, unset }: { type: string; data?: JsonObject; unset?: string[] },
): JsonObject | undefined {
  if (type === "DELETED") return undefined;
  if (type === "CREATED") return data ?? {};
  if (before === undefined) return undefined;
  const entries = Object.entries({ ...before, ...data }).filter(([name]) => !unset?.includes(name));
  return Object.fromEntries(entries);
}
