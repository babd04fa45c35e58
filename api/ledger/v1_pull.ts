/**
 * What a V1 client pulls: the full state, and a token that names the version up to which it has seen
 * everything. The head is read first and names that version; entities are listed by id, where they stay
 * whatever is written meanwhile, so what is newer may be in it, but nothing is missing.
 *
 * V1 has no pages and wants the newest first, so all of it is held until it is answered: as text, a slice of it
 * parsed at a time.
 */
import type { V1PullResult, V1Status } from "../ports.ts";
import { budget } from "./budget.ts";
import { busy, orBusy } from "./busy.ts";
import type { LedgerDeps } from "./deps.ts";
import { formatEpoch } from "./epoch.ts";
import { readGeneration } from "./generation.ts";
import { keepDevice } from "./keep_device.ts";
import type { HeadRead, HeadToken } from "./ledger_store.ts";
import { migrateBefore } from "./migrate.ts";
import { type DeviceRow, emptyHead, type EntityRef, type EntityState, type Head } from "./records.ts";
import type { UserChain } from "./user_chain.ts";
import { v1Token } from "./v1_token.ts";

/** Bounds of one pull. */
export const v1PullBounds = {
  /** Bytes of all records together, as they are held. */
  bytesMax: 64 * 1024 * 1024,
  /** What a record weighs beside its data. */
  recordBytes: 100,
  /** Entities of one read. */
  entitiesPerReadMax: 1000,
  /** Times that entities are read again because they were replaced while they were read. */
  tornReadsMax: 5,
} as const;

/** The full state. */
export function pullV1(
  deps: LedgerDeps,
  chain: UserChain,
  user: string,
  deviceId: string | undefined,
): Promise<V1PullResult> {
  return orBusy(async () => {
    for (let round = 0; round < budget.restartsMax; round++) {
      const read = await deps.store.readHead(user, deviceId);
      if (read.legacyPending) {
        const migrated = await migrateBefore(deps, chain, user);
        if (!migrated.ok) return migrated;
        continue;
      }
      const result = await readState(deps, user, read, deviceId);
      if (result !== "restart") return result;
    }
    return busy;
  });
}

/** Where a client stands; nothing is written. */
export async function statusV1(
  deps: LedgerDeps,
  user: string,
  deviceId: string | undefined,
): Promise<V1Status> {
  const { store } = deps;
  const read = await store.readHead(user, deviceId);
  const head = read.head ?? emptyHead;
  const [epoch, devices] = await Promise.all([epochOf(deps, read), store.listDevices(user, head.prefix)]);
  const pulled = read.device?.prefix === head.prefix ? read.device.lastKnownServerVersion : 0;
  const lastSeenMs = Math.max(...devices.map((device) => device.lastSeenMs));
  return {
    lastSync: devices.length === 0 ? null : new Date(lastSeenMs).toISOString(),
    token: pulled > 0 ? await v1Token(user, epoch, pulled) : null,
    deviceCount: devices.length,
    entityCount: head.entityCount,
  };
}

async function epochOf(deps: LedgerDeps, read: HeadRead): Promise<string> {
  const generation = await readGeneration(deps, read);
  return formatEpoch({ generation, number: (read.head ?? emptyHead).epochNumber });
}

/** `restart`: the history ended while it was read, or would not stand still. */
async function readState(
  deps: LedgerDeps,
  user: string,
  read: HeadRead,
  deviceId: string | undefined,
): Promise<V1PullResult | "restart"> {
  const { store } = deps;
  const head = read.head ?? emptyHead;
  const token = await v1Token(user, await epochOf(deps, read), head.version);
  const budgetLeft = { bytes: v1PullBounds.bytesMax };
  const [entries, goals] = await Promise.all([
    readType(deps, user, head, "logbook_entry", budgetLeft),
    readType(deps, user, head, "goal", budgetLeft),
    keepToken(deps, user, read.token, head, token),
    keepDevice(deps, user, deviceRow(deps, head, read, deviceId), read),
  ]);
  if (budgetLeft.bytes < 0) return { ok: false, code: "too_large", bytesMax: v1PullBounds.bytesMax };
  if (entries === "restart" || goals === "restart") return "restart";
  // What an erase or a restore ended may have been swept while it was listed.
  const again = await store.readHead(user);
  const now = again.head ?? emptyHead;
  const same = now.prefix === head.prefix && now.epochNumber === head.epochNumber &&
    (read.generation === null || again.generation === read.generation);
  if (!same) return "restart";
  return { ok: true, records: { logbook_entry: textsOf(entries), goal: textsOf(goals) }, token };
}

/** All live entities of a type; gives up, with the budget below 0, when there is more than a pull may hold. */
async function readType(
  { store }: LedgerDeps,
  user: string,
  { prefix }: Head,
  entityType: string,
  budgetLeft: { bytes: number },
): Promise<PulledRecord[] | "restart"> {
  const live: PulledRecord[] = [];
  const torn: EntityRef[] = [];
  const { entitiesPerReadMax, recordBytes, tornReadsMax } = v1PullBounds;
  const take = (entity: EntityState) => {
    if (entity.deleted) return;
    live.push(recordOf(entity));
    budgetLeft.bytes -= entity.dataBytes + recordBytes;
  };
  let after: string | null = null;
  do {
    const list = await store.listEntities(user, prefix, {
      entityType,
      after,
      limit: entitiesPerReadMax,
      bytesMax: budget.bytesPerSliceMax,
    });
    list.entities.forEach(take);
    torn.push(...list.torn);
    after = list.next;
  } while (after !== null && budgetLeft.bytes >= 0);

  for (let reads = 0; torn.length > 0 && budgetLeft.bytes >= 0; reads++) {
    if (reads === tornReadsMax) return "restart";
    const refs = torn.splice(0, entitiesPerReadMax);
    const { entities } = await store.readState(user, prefix, [], refs, budget.bytesPerSliceMax);
    for (const [i, entity] of entities.entries()) {
      if (entity === null || entity === "too_much") torn.push(refs[i]!);
      else take(entity);
    }
  }
  return live;
}

/** A record as it is answered, and its place among others. */
interface PulledRecord {
  atMs: number;
  version: number;
  text: string;
}

function recordOf({ entityId, version, data }: EntityState): PulledRecord {
  // V1 knows a record by its id alone, also one whose data does not repeat it.
  const record = data.id === entityId ? data : { ...data, id: entityId };
  return { atMs: updatedMs(data.updatedAt), version, text: JSON.stringify(record) };
}

/** Newest `updatedAt` first; what has none comes last, newest version first. */
function textsOf(records: PulledRecord[]): string[] {
  return records.sort((a, b) => b.atMs - a.atMs || b.version - a.version).map(({ text }) => text);
}

function updatedMs(value: unknown): number {
  const ms = typeof value === "string" ? Date.parse(value) : typeof value === "number" ? value : NaN;
  // Not -Infinity: the difference of two of those is no number.
  return Number.isFinite(ms) ? ms : -Number.MAX_VALUE / 4;
}

/** A token is the same for every pull of a version, so mostly it is there. */
async function keepToken(
  { store }: LedgerDeps,
  user: string,
  headToken: HeadToken,
  head: Head,
  token: string,
): Promise<void> {
  if (await store.readV1Token(user, head.prefix, token) !== null) return;
  await store.keepV1Token(user, head.prefix, token, head.version, headToken);
}

/** Not with what it has pulled: an answer may be lost, and only a push with its token shows that it came. */
function deviceRow(
  { clock }: LedgerDeps,
  { prefix }: Head,
  { device: known }: HeadRead,
  deviceId: string | undefined,
): DeviceRow | undefined {
  if (deviceId === undefined) return undefined;
  const lastKnownServerVersion = known?.prefix === prefix ? known.lastKnownServerVersion : 0;
  return { deviceId, lastSeenMs: clock.nowMs(), lastKnownServerVersion, prefix };
}
