/**
 * The local database in memory: a copy of every row, kept equal to the store by `device_state.ts`, with the
 * indexes that the queue and the view ask for. Reading it costs no transaction.
 */
import {
  type AckedRow,
  type BaseRow,
  type ConflictRow,
  type DiscardRow,
  entityKey,
  initialSyncRow,
  type QuarantineRow,
  type QueueRow,
} from "./rows.ts";
import type { StoreKey } from "./ports.ts";

/** Base of one slot: entity type → entity id → row. */
export type BaseSlot = Map<string, Map<string, BaseRow>>;
/** Rows that lie over the base in the view. */
type OverlayRow = QueueRow | AckedRow;

/** The rows of one database. Only `set` and `remove` modify it. */
export class DeviceRows {
  /** By `seq`, in that order. */
  queue = new Map<number, QueueRow>();
  /** By changeId. */
  readonly quarantine = new Map<string, QuarantineRow>();
  readonly base: [BaseSlot, BaseSlot] = [new Map(), new Map()];
  /** By `version changeId`, in the order they were settled. */
  readonly acked = new Map<string, AckedRow>();
  /** By the id of the conflict. */
  readonly conflict = new Map<string, ConflictRow>();
  /** By changeId. */
  readonly discard = new Map<string, DiscardRow>();
  sync = initialSyncRow;
  schema: Record<string, number> = {};
  migrated = false;
  queueSeq = 0;
  revision = 0;

  #lastSeq = 0;
  readonly #queuedById = new Map<string, QueueRow>();
  readonly #overlays = new Map<string, Set<OverlayRow>>();

  /** The queue row of a change, if it still waits. */
  queued(changeId: string): QueueRow | undefined {
    return this.#queuedById.get(changeId);
  }

  /** The queued changes of one entity in order. */
  queuedOf(type: string, id: string): QueueRow[] {
    return this.#overlaysOf(type, id).filter((row) => "seq" in row).sort((a, b) => a.seq - b.seq);
  }

  /** The settled changes of one entity in version order, those below the cursor too. */
  ackedOf(type: string, id: string): AckedRow[] {
    return this.#overlaysOf(type, id).filter((row) => "version" in row).sort((a, b) => a.version - b.version);
  }

  /** Entity keys of whatever has queued or settled changes. */
  overlaidKeys(): Iterable<string> {
    return this.#overlays.keys();
  }

  /** The shown row of an entity. */
  shown(type: string, id: string): BaseRow | undefined {
    return this.base[this.sync.shownSlot]!.get(type)?.get(id);
  }

  /** The row under `key` if it overlays an entity: a queued or an acknowledged change. */
  overlay(key: StoreKey): OverlayRow | undefined {
    const [table, rowId] = this.#place(key);
    return isOverlay(key) ? table!.get(rowId) as OverlayRow | undefined : undefined;
  }

  /** Puts one row, as the store has it. */
  set(key: StoreKey, value: unknown): void {
    const [kind, first, type, id] = key;
    if (kind === "meta") Object.assign(this, { [first!]: value });
    else if (kind === "base") {
      const slot = this.base[first as number]!;
      const ofType = slot.get(type as string) ?? new Map();
      slot.set(type as string, ofType.set(id, value));
    } else {
      const [table, rowId] = this.#place(key);
      const old = this.overlay(key);
      this.#unindex(old);
      table?.set(rowId, value);
      if (isOverlay(key)) this.#index(value as OverlayRow, !old);
    }
  }

  /** Removes one row. */
  remove(key: StoreKey): void {
    const [kind, slot, type, id] = key;
    if (kind === "base") this.base[slot as number]!.get(type as string)?.delete(id as string);
    else {
      const [table, rowId] = this.#place(key);
      this.#unindex(this.overlay(key));
      table?.delete(rowId);
    }
  }

  /** Forgets everything. */
  clear(): void {
    const { queue, quarantine, base, acked, conflict, discard } = this;
    const all = [queue, quarantine, ...base, acked, conflict, discard, this.#queuedById, this.#overlays];
    for (const table of all) table.clear();
    this.sync = initialSyncRow;
    this.schema = {};
    this.migrated = false;
    this.queueSeq = this.revision = this.#lastSeq = 0;
  }

  /** Where a row of a kind with a map of its own lies; other kinds (the journal) are not kept in memory. */
  #place([kind, ...rest]: StoreKey): [Map<unknown, unknown> | undefined, string | number] {
    const table = this[kind as "queue"] as Map<unknown, unknown> | undefined;
    return [table, rest.length === 1 ? rest[0]! : rest.join(" ")];
  }

  #overlaysOf(type: string, id: string): OverlayRow[] {
    return [...this.#overlays.get(entityKey(type, id)) ?? []];
  }

  #index(row: OverlayRow, isNew: boolean): void {
    const { entityType, entityId, changeId } = row.change;
    const key = entityKey(entityType, entityId);
    this.#overlays.set(key, (this.#overlays.get(key) ?? new Set()).add(row));
    if (!("seq" in row)) return;
    this.#queuedById.set(changeId, row);
    // New changes come last; a retried one goes back to its old place, which costs a sort.
    if (row.seq >= this.#lastSeq) this.#lastSeq = row.seq;
    else if (isNew) {
      this.queue = new Map([...this.queue].sort(([a], [b]) => a - b));
    }
  }

  #unindex(row: OverlayRow | undefined): void {
    if (!row) return;
    const { entityType, entityId, changeId } = row.change;
    const key = entityKey(entityType, entityId);
    const overlays = this.#overlays.get(key);
    overlays?.delete(row);
    if (overlays?.size === 0) this.#overlays.delete(key);
    if (this.#queuedById.get(changeId) === row) this.#queuedById.delete(changeId);
  }
}

function isOverlay([kind]: StoreKey): boolean {
  return kind === "queue" || kind === "acked";
}
