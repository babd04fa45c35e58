/**
 * The ledger in memory: for tests, simulations and suites of other projects. Same conflict semantics as the
 * database adapters, held to the same contract suite, and deterministic: nothing here reads a clock, and
 * every call settles in the order it was made.
 *
 * Invariant: what goes in and out is copied, so that no caller can change stored state by accident.
 */
import { jsonBytes, type JsonObject } from "../../shared/mod.ts";
import { lastSeen } from "../ledger/keep_device.ts";
import type {
  CommitResult,
  EntityRead,
  HeadRead,
  HeadToken,
  KeptRecord,
  LedgerStore,
  RowQuery,
} from "../ledger/ledger_store.ts";
import {
  type DeviceRow,
  emptyHead,
  entityKey,
  type EntityRef,
  type EntityState,
  type FeedEntry,
  type Head,
  type LogRow,
  type Mark,
  type SettledStep,
} from "../ledger/records.ts";
import { fitting } from "./fitting.ts";
import { memoryFlagStore } from "./memory_flag_store.ts";
import { type LegacyRows, memoryLegacyStore, noLegacyRows } from "./memory_legacy_store.ts";
import { memoryV1Notes } from "./memory_v1_notes.ts";

/** Settings of the memory store. */
export interface MemoryLedgerOptions {
  /** Steps one commit takes; default 200, about what a database transaction holds. */
  stepsPerCommitMax?: number;
}

/** A store that lives as long as its object. */
export interface MemoryLedgerStore extends LedgerStore {
  /** Everything stored, as text: to be given to {@linkcode restore}. */
  backup(): string;
  /** Goes back to a backup, as a restore would; `generation` is the new one (default: the backup's own). */
  restore(backup: string, generation?: string): void;
}

interface Space {
  log: Map<number, LogRow>;
  marks: Map<string, Mark>;
  entities: Map<string, EntityState>;
  feed: Map<number, FeedEntry>;
}

interface UserRows {
  head: Head | null;
  /** Rises with every write of the head; the token of reads. */
  revision: number;
  spaces: Map<number, Space>;
  devices: Map<string, DeviceRow>;
  legacy: LegacyRows;
  /** Erased key spaces. */
  swept: Set<number>;
}

/** An empty store. */
export function memoryLedgerStore(options: MemoryLedgerOptions = {}): MemoryLedgerStore {
  const stepsPerCommitMax = options.stepsPerCommitMax ?? 200;
  let generation: string | null = null;
  const { flags, ...flagStore } = memoryFlagStore();
  let users = new Map<string, UserRows>();
  let maintained: string | null = null;

  const rowsOf = (user: string): UserRows => {
    const known = users.get(user);
    if (known) return known;
    const fresh: UserRows = {
      head: null,
      revision: 0,
      spaces: new Map(),
      devices: new Map(),
      legacy: noLegacyRows(),
      swept: new Set(),
    };
    users.set(user, fresh);
    return fresh;
  };
  const spaceOf = (user: string, prefix: number): Space => {
    const { spaces } = rowsOf(user);
    const known = spaces.get(prefix);
    if (known) return known;
    const fresh: Space = { log: new Map(), marks: new Map(), entities: new Map(), feed: new Map() };
    spaces.set(prefix, fresh);
    return fresh;
  };
  const prefixOf = (user: string): number => (rowsOf(user).head ?? emptyHead).prefix;
  const v1 = memoryV1Notes(prefixOf);
  const tokenOf = (rows: UserRows): HeadToken => rows.head ? String(rows.revision) : null;

  const hasErased = ({ head }: UserRows): boolean => head !== null && head.lastErasedEpoch !== null;

  return {
    ...flagStore,
    ...v1.notes,
    ...memoryLegacyStore({
      rowsOf: (user) => rowsOf(user).legacy,
      hasErased: (user) => hasErased(rowsOf(user)),
      names: () => [...users.keys()],
    }),
    readHead(user, deviceId) {
      const rows = rowsOf(user);
      const device = deviceId === undefined ? undefined : rows.devices.get(deviceId);
      const read: HeadRead = {
        generation,
        head: rows.head,
        token: tokenOf(rows),
        flags: flags(),
        legacyPending: (rows.legacy.state?.left ?? 0) > 0 && !hasErased(rows),
        device: device ?? null,
      };
      return Promise.resolve(structuredClone(read));
    },
    createGeneration(candidate) {
      generation ??= candidate;
      return Promise.resolve(generation);
    },
    readState(user, prefix, changeIds, refs, entityBytesMax) {
      const space = spaceOf(user, prefix);
      const found = refs.map((ref) => space.entities.get(entityKey(ref)) ?? null);
      const entities: EntityRead[] = structuredClone(upTo(found, entityBytes, entityBytesMax));
      const marks = changeIds.map((id) => structuredClone(space.marks.get(id) ?? null));
      return Promise.resolve({ marks, entities });
    },
    readRows(user, prefix, versions, bytesMax) {
      const { log } = spaceOf(user, prefix);
      const found = versions.map((version) => log.get(version) ?? null);
      return Promise.resolve(structuredClone(upTo(found, jsonBytes, bytesMax)));
    },
    listRows(user, prefix, query) {
      return Promise.resolve(structuredClone(listRows(spaceOf(user, prefix).log, query)));
    },
    listFeed(user, prefix, { after, upTo, limit }) {
      const { feed } = spaceOf(user, prefix);
      const entries: FeedEntry[] = [];
      for (let version = after + 1; version <= upTo && entries.length < limit; version++) {
        const entry = feed.get(version);
        if (entry) entries.push({ ...entry });
      }
      return Promise.resolve(entries);
    },
    listEntities(user, prefix, { entityType, after, limit, bytesMax }) {
      const above = [...spaceOf(user, prefix).entities.values()]
        .filter((entity) => entity.entityType === entityType && (after === null || entity.entityId > after))
        .sort((a, b) => a.entityId < b.entityId ? -1 : 1);
      const entities: EntityState[] = [];
      let bytes = 0;
      for (const entity of above) {
        bytes += entity.dataBytes;
        if (entities.length === limit || (entities.length > 0 && bytes > bytesMax)) break;
        entities.push(structuredClone(entity));
      }
      const next = entities.length < above.length ? entities.at(-1)!.entityId : null;
      return Promise.resolve({ entities, torn: [], next });
    },
    commit(user, token, steps, device) {
      const rows = rowsOf(user);
      if (tokenOf(rows) !== token) return Promise.resolve({ ok: false, code: "head_moved" });
      const written = structuredClone(steps.slice(0, stepsPerCommitMax));
      const prefix = written.at(-1)!.head.prefix;
      for (const step of written) writeStep(spaceOf(user, prefix), step);
      setHead(rows, written.at(-1)!.head);
      if (device) rows.devices.set(device.deviceId, { ...device });
      return Promise.resolve({ ok: true, token: tokenOf(rows), committed: written.length });
    },
    replaceHead(user, token, head, sweepPrefix) {
      const rows = rowsOf(user);
      if (tokenOf(rows) !== token) return Promise.resolve<CommitResult>({ ok: false, code: "head_moved" });
      setHead(rows, structuredClone(head));
      if (sweepPrefix !== undefined) rows.swept.add(sweepPrefix);
      return Promise.resolve<CommitResult>({ ok: true, token: tokenOf(rows), committed: 0 });
    },
    writeDevice(user, device) {
      if (prefixOf(user) === device.prefix) rowsOf(user).devices.set(device.deviceId, { ...device });
      return Promise.resolve();
    },
    listDevices(user, prefix) {
      const devices = [...rowsOf(user).devices.values()].filter((device) => device.prefix === prefix);
      return Promise.resolve(structuredClone(lastSeen(devices)));
    },
    trimRows(user, prefix, floor, rowsMax) {
      const { log } = spaceOf(user, prefix);
      const old = [...log.keys()].filter((version) => version <= floor);
      for (const version of old.slice(0, rowsMax)) log.delete(version);
      return Promise.resolve({ deleted: Math.min(old.length, rowsMax), more: old.length > rowsMax });
    },
    sweepErased() {
      let deleted = 0;
      for (const [user, rows] of users) {
        for (const prefix of rows.swept) {
          if (rows.head?.prefix === prefix) continue;
          v1.forget(user, prefix);
          deleted += sizeOf(rows.spaces.get(prefix));
          rows.spaces.delete(prefix);
          for (const [id, device] of rows.devices) if (device.prefix === prefix) rows.devices.delete(id);
        }
        rows.swept.clear();
        if (!hasErased(rows)) continue;
        deleted += rows.legacy.rows.size;
        rows.legacy = noLegacyRows();
      }
      return Promise.resolve({ deleted, more: false });
    },
    // Nothing is ever written ahead of a commit here.
    sweepOrphans: () => Promise.resolve({ deleted: 0, more: false }),
    sweepDevices(seenBeforeMs) {
      let deleted = 0;
      for (const { devices } of users.values()) {
        const kept = new Set(
          lastSeen([...devices.values()].filter((device) => device.lastSeenMs >= seenBeforeMs)),
        );
        for (const [id, device] of devices) if (!kept.has(device) && devices.delete(id)) deleted++;
      }
      return Promise.resolve({ deleted, more: false });
    },
    listUsers(after, limit) {
      const named = [...users].filter(([, { head }]) => head !== null).map(([user]) => user);
      return Promise.resolve(nextAbove(named, after, limit));
    },
    listMarks(user, prefix, after, limit) {
      const { marks } = spaceOf(user, prefix);
      const listed = nextAbove([...marks.keys()], after, limit);
      return Promise.resolve(
        listed.map((changeId) => ({ changeId, mark: structuredClone(marks.get(changeId)!) })),
      );
    },
    importRecords(user, prefix, records) {
      const space = spaceOf(user, prefix);
      for (const record of structuredClone(records)) importRecord(space, record);
      return Promise.resolve();
    },
    noteErased(user, prefix) {
      rowsOf(user).swept.add(prefix);
      return Promise.resolve();
    },
    readMaintained: () => Promise.resolve(maintained),
    writeMaintained(after) {
      maintained = after;
      return Promise.resolve();
    },
    ready: () => Promise.resolve(),
    backup: () => JSON.stringify({ generation, users: [...users] }, mapsToArrays),
    restore(backup, newGeneration) {
      const kept = JSON.parse(backup, arraysToMaps) as {
        generation: string | null;
        users: [string, UserRows][];
      };
      generation = newGeneration ?? kept.generation;
      users = new Map(kept.users);
      v1.forgetAll();
    },
  };
}

function setHead(rows: UserRows, head: Head): void {
  rows.head = head;
  rows.revision++;
}

function listRows(log: ReadonlyMap<number, LogRow>, query: RowQuery): LogRow[] {
  const rows: LogRow[] = [];
  let bytes = 0;
  const { after, upTo, newestFirst } = query;
  for (let i = 0; i < upTo - after && rows.length < query.limit && bytes < query.bytesMax; i++) {
    const row = log.get(newestFirst ? upTo - i : after + 1 + i);
    if (!row) continue;
    rows.push(row);
    bytes += JSON.stringify(row).length;
  }
  return rows;
}

function writeStep(space: Space, { changeId, mark, row, entity }: SettledStep): void {
  space.marks.set(changeId, mark);
  if (row) space.log.set(row.version, row);
  if (!entity) return;
  const { before, after } = entity;
  space.entities.set(entityKey(after), after);
  if (before) space.feed.delete(before.version);
  space.feed.set(after.version, feedEntryOf(after));
}

function importRecord(space: Space, record: KeptRecord): void {
  if (record.kind === "mark") space.marks.set(record.changeId, record.mark);
  else if (record.kind === "row") space.log.set(record.row.version, record.row);
  else {
    const { entity } = record;
    const replaced = space.entities.get(entityKey(entity));
    if (replaced) space.feed.delete(replaced.version);
    space.entities.set(entityKey(entity), entity);
    space.feed.set(entity.version, feedEntryOf(entity));
  }
}

function sizeOf(space: Space | undefined): number {
  return space ? space.log.size + space.marks.size + space.entities.size + space.feed.size : 0;
}

function nextAbove(names: readonly string[], after: string | null, limit: number): string[] {
  return names.filter((name) => after === null || name > after).sort().slice(0, limit);
}

/** As many from the front as `bytesMax` holds; the first that is there always. */
function upTo<Found extends object>(
  found: readonly (Found | null)[],
  bytesOf: (one: Found) => number,
  bytesMax: number,
): (Found | null | "too_much")[] {
  const fits = fitting(found.map((one) => one && bytesOf(one)), bytesMax);
  return found.map((one, i) => fits[i] ? one : "too_much");
}

/** About what it weighs in a database: its data, and who wrote each field. */
function entityBytes({ dataBytes, fieldStamps }: EntityState): number {
  return dataBytes + jsonBytes([...fieldStamps]);
}

/** Where an entity's state stands in the feed. */
export function feedEntryOf({ entityType, entityId, version, deleted, dataBytes }: EntityState): FeedEntry {
  const ref: EntityRef = { entityType, entityId };
  return { ...ref, version, deleted, dataBytes };
}

/** What the only key of an object begins with when it stands for something else in a backup. */
const tag = "$";

/** A user's own object that looks like one of ours gets one tag more, which {@linkcode arraysToMaps} takes away. */
function mapsToArrays(_key: string, value: unknown): unknown {
  if (value instanceof Map) return { $map: [...value] };
  if (value instanceof Set) return { $set: [...value] };
  const only = onlyTaggedKey(value);
  return only === null ? value : { [tag + only]: (value as JsonObject)[only] };
}

function arraysToMaps(_key: string, value: unknown): unknown {
  const only = onlyTaggedKey(value);
  if (only === null) return value;
  const content = (value as JsonObject)[only];
  if (only === "$map") return new Map(content as [unknown, unknown][]);
  if (only === "$set") return new Set(content as unknown[]);
  return { [only.slice(tag.length)]: content };
}

function onlyTaggedKey(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const [only, ...others] = Object.keys(value);
  return only?.startsWith(tag) && others.length === 0 ? only : null;
}
