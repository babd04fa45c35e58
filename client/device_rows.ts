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
  type SyncRow,
} from "./rows.ts";
import type { StoreKey } from "./ports.ts";

/** Base of one slot: entity type → entity id → row. */
export type BaseSlot = Map<string, Map<string, BaseRow>>;

/** The rows of one database. Only `set` and `remove` modify it. */
export class DeviceRows {
  /** In the order of `seq`. */
  queue = new Map<number, QueueRow>();
  readonly quarantine = new Map<string, QuarantineRow>();
  readonly base: [BaseSlot, BaseSlot] = [new Map(), new Map()];
  /** By `version changeId`, in the order they were settled. */
  readonly acked = new Map<string, AckedRow>();
  readonly conflicts = new Map<string, ConflictRow>();
  readonly discards = new Map<string, DiscardRow>();
  sync: SyncRow = initialSyncRow;
  queueSeq = 0;
  revision = 0;

  #lastSeq = 0;
  readonly #seqByChangeId = new Map<string, number>();
  readonly #seqsByEntity = new Map<string, Set<number>>();
  readonly #ackedByEntity = new Map<string, Set<string>>();
  readonly #idsWithOverlay = new Map<string, Map<string, number>>();

  /** The queue row of a change, if it still waits. */
  queued(changeId: string): QueueRow | undefined {
    const seq = this.#seqByChangeId.get(changeId);
    return seq === undefined ? undefined : this.queue.get(seq);
  }

  /** The queued changes of one entity in order. */
  queuedOf(type: string, id: string): QueueRow[] {
    const seqs = this.#seqsByEntity.get(entityKey(type, id));
    if (!seqs) return [];
    return [...seqs].sort((a, b) => a - b).map((seq) => this.queue.get(seq)!);
  }

  /** The settled changes of one entity in version order, those below the cursor too. */
  ackedOf(type: string, id: string): AckedRow[] {
    const keys = this.#ackedByEntity.get(entityKey(type, id));
    if (!keys) return [];
    return [...keys].map((key) => this.acked.get(key)!).sort((a, b) => a.version - b.version);
  }

  /** Ids of a type that have queued or settled changes. */
  overlaidIds(type: string): Iterable<string> {
    return this.#idsWithOverlay.get(type)?.keys() ?? [];
  }

  /** The shown row of an entity. */
  shown(type: string, id: string): BaseRow | undefined {
    return this.base[this.sync.shownSlot]!.get(type)?.get(id);
  }

  /** The slot that pulls go into. */
  get fillingSlot(): number {
    return this.sync.staging ? 1 - this.sync.shownSlot : this.sync.shownSlot;
  }

  /** Puts one row, as the store has it. */
  set(key: StoreKey, value: unknown): void {
    switch (key[0]) {
      case "queue":
        return this.#setQueue(value as QueueRow);
      case "quarantine":
        return void this.quarantine.set(key[1] as string, value as QuarantineRow);
      case "base":
        return this.#setBase(key, value as BaseRow);
      case "acked":
        return this.#setAcked(value as AckedRow);
      case "conflict":
        return void this.conflicts.set(key[1] as string, value as ConflictRow);
      case "discard":
        return void this.discards.set(key[1] as string, value as DiscardRow);
      case "meta":
        if (key[1] === "sync") this.sync = value as SyncRow;
        else if (key[1] === "queueSeq") this.queueSeq = value as number;
        else if (key[1] === "revision") this.revision = value as number;
    }
  }

  /** Removes one row. */
  remove(key: StoreKey): void {
    switch (key[0]) {
      case "queue":
        return this.#removeQueue(key[1] as number);
      case "quarantine":
        return void this.quarantine.delete(key[1] as string);
      case "base":
        return void this.base[key[1] as number]!.get(key[2] as string)?.delete(key[3] as string);
      case "acked":
        return this.#removeAcked(`${key[1]} ${key[2]}`);
      case "conflict":
        return void this.conflicts.delete(key[1] as string);
      case "discard":
        return void this.discards.delete(key[1] as string);
    }
  }

  /** Forgets everything. */
  clear(): void {
    for (const index of [this.queue, this.quarantine, this.acked, this.conflicts, this.discards]) {
      index.clear();
    }
    for (
      const index of [this.#seqByChangeId, this.#seqsByEntity, this.#ackedByEntity, this.#idsWithOverlay]
    ) {
      index.clear();
    }
    this.base[0].clear();
    this.base[1].clear();
    this.sync = initialSyncRow;
    this.queueSeq = this.revision = this.#lastSeq = 0;
  }

  /** Empties one slot of the base. */
  clearSlot(slot: number): void {
    this.base[slot]!.clear();
  }

  #setQueue(row: QueueRow): void {
    if (this.queue.has(row.seq)) this.#removeQueueIndex(this.queue.get(row.seq)!);
    this.#place(row);
    this.#seqByChangeId.set(row.change.changeId, row.seq);
    const { entityType, entityId } = row.change;
    addTo(this.#seqsByEntity, entityKey(entityType, entityId), row.seq);
    this.#countOverlay(entityType, entityId, 1);
  }

  /** New changes come last; a retried one goes back to its old place, which costs a sort. */
  #place(row: QueueRow): void {
    const inOrder = row.seq > this.#lastSeq || this.queue.has(row.seq);
    this.queue.set(row.seq, row);
    if (inOrder) this.#lastSeq = Math.max(this.#lastSeq, row.seq);
    else this.queue = new Map([...this.queue].sort(([a], [b]) => a - b));
  }

  #removeQueue(seq: number): void {
    const row = this.queue.get(seq);
    if (!row) return;
    this.queue.delete(seq);
    this.#removeQueueIndex(row);
  }

  #removeQueueIndex(row: QueueRow): void {
    const { changeId, entityType, entityId } = row.change;
    if (this.#seqByChangeId.get(changeId) === row.seq) this.#seqByChangeId.delete(changeId);
    removeFrom(this.#seqsByEntity, entityKey(entityType, entityId), row.seq);
    this.#countOverlay(entityType, entityId, -1);
  }

  #setBase(key: StoreKey, row: BaseRow): void {
    const [, slot, type, id] = key as ["base", number, string, string];
    let ofType = this.base[slot]!.get(type);
    if (!ofType) this.base[slot]!.set(type, ofType = new Map());
    ofType.set(id, row);
  }

  #setAcked(row: AckedRow): void {
    const { changeId, entityType, entityId } = row.change;
    const key = `${row.version} ${changeId}`;
    this.#removeAcked(key);
    this.acked.set(key, row);
    addTo(this.#ackedByEntity, entityKey(entityType, entityId), key);
    this.#countOverlay(entityType, entityId, 1);
  }

  #removeAcked(key: string): void {
    const row = this.acked.get(key);
    if (!row) return;
    this.acked.delete(key);
    const { entityType, entityId } = row.change;
    removeFrom(this.#ackedByEntity, entityKey(entityType, entityId), key);
    this.#countOverlay(entityType, entityId, -1);
  }

  #countOverlay(type: string, id: string, by: number): void {
    let ofType = this.#idsWithOverlay.get(type);
    if (!ofType) this.#idsWithOverlay.set(type, ofType = new Map());
    const count = (ofType.get(id) ?? 0) + by;
    if (count > 0) ofType.set(id, count);
    else ofType.delete(id);
  }
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
}

function removeFrom<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  set?.delete(value);
  if (set?.size === 0) sets.delete(key);
}
