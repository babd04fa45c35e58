/**
 * The pull half of an exchange: one page of the history behind a cursor, as deltas of the log or compacted.
 *
 * Invariants: a page is bounded by a head that was read before listing (a listing is a snapshot per batch
 * only); its cursor claims nothing that was not delivered; one change is always delivered.
 */
import { jsonBytes, type PulledChange } from "../../shared/mod.ts";
import { budget } from "./budget.ts";
import type { EntityRead, LedgerStore } from "./ledger_store.ts";
import { emptyHead, type EntityState, type FeedEntry, type Head, type LogRow } from "./records.ts";
import { rowBytes } from "./row_bytes.ts";
import { compactedRecord, deltaRecord } from "./wire.ts";

/** What a page is made from. */
export interface PageQuery {
  user: string;
  generation: string;
  /** Deliver what is above this … */
  cursor: number;
  /** … up to this head's version. */
  head: Head;
  /** Above this version there are only the request's own rows. */
  foreignUpTo: number;
  /** The request's own new rows, and the entities as it left them. */
  ownRows: readonly LogRow[];
  ownEntities: ReadonlyMap<string, EntityState>;
  /** Own versions that a delta page leaves out. */
  leaveOut: ReadonlySet<number>;
  /** Most changes of the page. */
  limit: number;
  /** Most bytes of the page's changes; a single change may exceed it. */
  bytesMax: number;
}

/** A page. */
export interface Page {
  newChanges: PulledChange[];
  /** The client's next cursor. */
  latest: number;
  /** The head as last read; may be above the one that bounded the page. */
  serverVersion: number;
  hasMore: boolean;
  /** Compacted, and more must follow compacted. */
  snapshot: boolean;
}

/** `restart`: the history was trimmed or erased while it was read; judge the request anew. */
export type PageResult = Page | "restart";

/** The log's effects as they were written. */
export async function deltaPage(store: LedgerStore, query: PageQuery): Promise<PageResult> {
  const { head, foreignUpTo } = query;
  const filling: Filling = { records: [], bytes: 0, latest: query.cursor, full: false };
  let scanned = 0;
  let bytesScanned = 0;
  const mayGoOn = () => scanned < budget.rowsScannedMax && bytesScanned < budget.bytesScannedMax;
  while (filling.latest < foreignUpTo && !filling.full && mayGoOn()) {
    const rows = await store.listRows(query.user, head.prefix, {
      after: filling.latest,
      upTo: foreignUpTo,
      limit: Math.min(Math.max(query.limit - filling.records.length, 20), budget.rowsPerReadMax),
      bytesMax: query.bytesMax,
    });
    if (rows.length === 0) return "restart";
    for (const row of rows) {
      // A version that is missing was trimmed or swept after the head was read.
      if (row.version !== filling.latest + 1) return "restart";
      fillWithRow(filling, query, row);
      if (filling.full) break;
      scanned++;
      bytesScanned += rowBytes(row);
    }
  }
  for (const row of query.ownRows) {
    if (filling.full) break;
    if (row.version === filling.latest + 1) fillWithRow(filling, query, row);
  }
  return {
    newChanges: filling.records,
    latest: filling.latest,
    serverVersion: head.version,
    hasMore: filling.latest < head.version,
    snapshot: false,
  };
}

/** The page of a store that cannot be read now: delivers nothing and says that there is more. */
export function unreadPage({ cursor, head }: PageQuery, compacted: boolean): Page {
  const hasMore = cursor < head.version;
  return {
    newChanges: [],
    latest: cursor,
    serverVersion: head.version,
    hasMore,
    snapshot: compacted && hasMore,
  };
}

interface Filling {
  records: PulledChange[];
  bytes: number;
  /** Delivered up to here. */
  latest: number;
  full: boolean;
}

function fillWithRow(filling: Filling, query: PageQuery, row: LogRow): void {
  const record = query.leaveOut.has(row.version) ? null : deltaRecord(row);
  if (record) {
    const bytes = rowBytesMax(row, record);
    const count = filling.records.length;
    filling.full = count >= query.limit || (count > 0 && filling.bytes + bytes > query.bytesMax);
    if (filling.full) return;
    filling.records.push(record);
    filling.bytes += bytes;
  }
  filling.latest = row.version;
}

/** Every entity above the cursor once, at its latest version. */
export async function compactedPage(store: LedgerStore, query: PageQuery): Promise<PageResult> {
  const { head, cursor } = query;
  // Nothing of others is above the cursor: what this request wrote is all there is, and it is at hand.
  if (cursor >= query.foreignUpTo) return ownCompactedPage(query);
  const choice = await chooseEntities(
    query,
    (after, limit) => store.listFeed(query.user, head.prefix, { after, upTo: head.version, limit }),
  );
  const { entities } = choice.entries.length === 0
    ? { entities: [] }
    : await store.readState(query.user, head.prefix, [], choice.entries, budget.bytesPerReadMax);
  const { newChanges, latest } = recordsUpTo(choice, entities);
  const again = await store.readHead(query.user);
  const now = again.head ?? emptyHead;
  const sameHistory = again.generation === query.generation && now.prefix === head.prefix &&
    now.epochNumber === head.epochNumber;
  if (!sameHistory) return "restart";
  // If anybody wrote meanwhile, an entity may have left the listed range unseen: more must follow, compacted.
  const more = latest < now.version;
  return { newChanges, latest, serverVersion: now.version, hasMore: more, snapshot: more };
}

/**
 * What was chosen, as far as it was read. Entries are chosen by the weight of their data alone; entities that
 * remember the writers of far more fields than they have weigh a multiple of it, and then the page ends before
 * the first that was not loaded.
 */
function recordsUpTo(
  choice: { entries: readonly FeedEntry[]; latest: number },
  entities: readonly EntityRead[],
): { newChanges: PulledChange[]; latest: number } {
  const newChanges: PulledChange[] = [];
  for (const [i, entry] of choice.entries.entries()) {
    const entity = entities[i];
    if (entity === "too_much") return { newChanges, latest: entry.version - 1 };
    // One that moved on while the page was read comes with a later page, at its new version.
    if (entity && entity.version === entry.version) {
      newChanges.push(compactedRecord(entity));
    }
  }
  return { newChanges, latest: choice.latest };
}

async function ownCompactedPage(query: PageQuery): Promise<Page> {
  const own = [...query.ownEntities.values()].filter(({ version }) => version > query.cursor);
  own.sort((a, b) => a.version - b.version);
  const byVersion = new Map(own.map((entity) => [entity.version, entity]));
  const choice = await chooseEntities(
    query,
    (after, limit) => Promise.resolve(own.filter(({ version }) => version > after).slice(0, limit)),
  );
  const more = choice.latest < query.head.version;
  return {
    newChanges: choice.entries.map(({ version }) => compactedRecord(byVersion.get(version)!)),
    latest: choice.latest,
    serverVersion: query.head.version,
    hasMore: more,
    snapshot: more,
  };
}

/** Picks from the feed what fits the page, by the weights noted there, before any entity is read. */
async function chooseEntities(
  query: PageQuery,
  listAfter: (version: number, limit: number) => Promise<readonly FeedEntry[]>,
): Promise<{ entries: FeedEntry[]; latest: number }> {
  const { cursor, head } = query;
  const entries: FeedEntry[] = [];
  let latest = cursor;
  let bytes = 0;
  for (let scanned = 0; latest < head.version && scanned < budget.rowsScannedMax;) {
    // One more than the page has room for tells whether anything follows.
    const asked = Math.min(Math.max(query.limit - entries.length + 1, 20), budget.entriesPerReadMax);
    const batch = await listAfter(latest, asked);
    if (batch.length === 0) return { entries, latest: head.version };
    for (const entry of batch) {
      scanned++;
      // A client that starts from nothing has nothing to delete.
      if (!(cursor === 0 && entry.deleted)) {
        const weight = recordBytesMax(entry);
        if (entries.length >= query.limit) return { entries, latest };
        if (entries.length > 0 && bytes + weight > query.bytesMax) return { entries, latest };
        entries.push(entry);
        bytes += weight;
      }
      latest = entry.version;
    }
    if (batch.length < asked) return { entries, latest: head.version };
  }
  return { entries, latest };
}

/** Upper bound of a delta's bytes; the few that carry more than data are weighed as they are. */
function rowBytesMax(row: LogRow, record: PulledChange): number {
  return record.conflict || record.unset ? jsonBytes(record) + 1 : recordBytesMax(row);
}

/** Upper bound of a record's bytes: its data, its names (3 bytes a unit), and less than 280 for all the rest. */
function recordBytesMax(
  { dataBytes, entityType, entityId }: { dataBytes: number; entityType: string; entityId: string },
): number {
  return dataBytes + entityType.length + 3 * entityId.length + 280;
}
