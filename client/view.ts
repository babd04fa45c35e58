/**
 * What the app reads: base ⊕ settled changes above the cursor ⊕ queue, entity by entity. Everything in it is
 * stored on the device; a change that the server rejects leaves it by itself when its row leaves the queue.
 */
import { applyEffect, type JsonObject } from "../shared/mod.ts";
import type { DeviceRows } from "./device_rows.ts";
import type { Origin, StateObserver } from "./device_state.ts";
import type { StoreKey } from "./ports.ts";
import { entityKey } from "./rows.ts";
import type { ViewChange } from "./sync_client_api.ts";

type Entity = Readonly<JsonObject>;

/** Computes entities on demand and tells which ones a commit changed. */
export class View implements StateObserver {
  readonly #cache = new Map<string, Entity | undefined>();
  readonly #lists = new Map<string, readonly Entity[]>();
  /** Set by the owner once the state exists: the state needs its observer first. */
  rows!: DeviceRows;
  #before = new Map<string, [type: string, id: string]>();

  constructor(private readonly changed: (change: ViewChange) => void) {}

  /** The entity as this device sees it, frozen. */
  get(type: string, id: string): Entity | undefined {
    const key = entityKey(type, id);
    if (this.#cache.has(key)) return this.#cache.get(key);
    const entity = this.#compute(type, id);
    if (entity) deepFreeze(entity);
    this.#cache.set(key, entity);
    return entity;
  }

  /**
   * All live entities of a type: those the server knows first, then those only this device has. The same frozen
   * array until one of them changes, as `useSyncExternalStore` and its like need it.
   */
  list(type: string): readonly Entity[] {
    const known = this.#lists.get(type);
    if (known) return known;
    const ids = new Set(this.rows.base[this.rows.sync.shownSlot]!.get(type)?.keys());
    for (const [overlaidType, id] of entities(this.rows.overlaidKeys())) {
      if (overlaidType === type) ids.add(id);
    }
    const live: Entity[] = [];
    for (const id of ids) {
      const entity = this.get(type, id);
      if (entity) live.push(entity);
    }
    this.#lists.set(type, Object.freeze(live));
    return live;
  }

  /** Every entity that has a row, as `[type, id]`. */
  all(): [type: string, id: string][] {
    const { base, sync } = this.rows;
    const keys = new Set(this.rows.overlaidKeys());
    for (const [type, ofType] of base[sync.shownSlot]!) {
      for (const id of ofType.keys()) keys.add(entityKey(type, id));
    }
    return entities(keys);
  }

  before(keys: readonly StoreKey[] | null): void {
    this.#before.clear();
    for (const [type, id] of this.#concerned(keys)) {
      // Known from now on, so that what becomes of it can be compared.
      this.get(type, id);
      this.#before.set(entityKey(type, id), [type, id]);
    }
  }

  after(keys: readonly StoreKey[] | null, origin: Origin, rollback?: ReadonlySet<string>): void {
    const concerned = new Map(this.#before);
    for (const [type, id] of this.#concerned(keys)) concerned.set(entityKey(type, id), [type, id]);
    const changed = new Map<string, ViewChange>();
    for (const [key, [type, id]] of concerned) {
      const isKnown = this.#cache.has(key);
      const before = this.#cache.get(key);
      this.#cache.delete(key);
      // What nobody has asked for yet has nothing to compare with: it is computed when somebody does.
      if (isKnown && sameEntity(before, this.get(type, id))) {
        this.#cache.set(key, before);
        continue;
      }
      this.#lists.delete(type);
      const why = rollback?.has(key) ? "rollback" : origin;
      const group = changed.get(`${why} ${type}`);
      if (group) group.ids.push(id);
      else changed.set(`${why} ${type}`, { type, ids: [id], origin: why });
    }
    this.#before.clear();
    for (const change of changed.values()) this.changed(change);
  }

  #compute(type: string, id: string): JsonObject | undefined {
    const { sync } = this.rows;
    let entity: JsonObject | undefined = this.rows.shown(type, id)?.data;
    for (const row of this.rows.ackedOf(type, id)) {
      if (row.effect && row.version > sync.viewCursor) entity = applyEffect(entity, row.change);
    }
    for (const row of this.rows.queuedOf(type, id)) {
      // Offered again after a restore: while the old base is still shown, it is part of that base.
      if (!(row.reoffered && sync.staging)) entity = applyEffect(entity, row.change);
    }
    return entity;
  }

  /** The entities that rows under `keys` have a part in. */
  #concerned(keys: readonly StoreKey[] | null): [type: string, id: string][] {
    if (keys === null) return this.all();
    const concerned: [string, string][] = [];
    for (const key of keys) {
      if (key[0] === "base") {
        if (key[1] === this.rows.sync.shownSlot) concerned.push([key[2] as string, key[3] as string]);
      } else if (key[1] === "sync") {
        // What lies above the cursor may be passed by it without a row of its entity being touched: in a compacted
        // pull an entity that others have changed since comes with a later page.
        for (const { version, change } of this.rows.acked.values()) {
          if (version > this.rows.sync.viewCursor) concerned.push([change.entityType, change.entityId]);
        }
      } else {
        const row = this.rows.overlay(key);
        if (row) concerned.push([row.change.entityType, row.change.entityId]);
      }
    }
    return concerned;
  }
}

/** Types and ids of entity keys. */
function entities(keys: Iterable<string>): [type: string, id: string][] {
  return [...keys].map((key) => key.split("\u0000") as [string, string]);
}

function sameEntity(before: Entity | undefined, after: Entity | undefined): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
