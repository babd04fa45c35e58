/**
 * One user's ledger as a stream of records, taken while writers go on.
 *
 * Invariant: what the closing `head` line claims is exactly what the lines before it hold. A listing is a
 * snapshot per batch only, so the head is read before everything is listed and again afterwards; while it has
 * moved, the rows above the last one are read with all they touched, and the marks are listed once more, since a
 * change that changed nothing has a mark and no row. Rows and marks never change, an entity that moved is named by
 * a later row: once the head stood still for a pass, later lines over earlier ones are the state at that head.
 */
import type { KeptRecord, LedgerStore } from "./ledger_store.ts";
import { type DeviceRow, entityKey, type EntityRef, type Head } from "./records.ts";
import { rowsAbove } from "./rows_above.ts";

/** A line of a user's snapshot. A later entity replaces an earlier one; `head` closes it. */
export type SnapshotLine =
  | KeptRecord
  | { kind: "device"; device: DeviceRow }
  /** The data was erased while it was read: nothing before this line counts. */
  | { kind: "drop" }
  | { kind: "head"; head: Head };

/** Passes behind a user who goes on writing. */
const passesMax = 50;
const entitiesPerReadMax = 50;
const marksPerReadMax = 1000;

/** A user who never stood still. */
export class SnapshotError extends Error {
  override name = "SnapshotError";
}

/** Streams the ledger of `user`; nothing for a user without a head. Throws {@linkcode SnapshotError}. */
export async function* snapshotUser(store: LedgerStore, user: string): AsyncGenerator<SnapshotLine> {
  let read = await store.readHead(user);
  if (!read.head) return;
  yield* wholeSpace(store, user, read.head);
  for (let pass = 0; pass < passesMax; pass++) {
    const again = await store.readHead(user);
    if (!again.head) throw new SnapshotError("Cannot take a snapshot: the store is being restored meanwhile");
    if (again.token === read.token) {
      const devices = await store.listDevices(user, again.head.prefix);
      for (const device of devices) yield { kind: "device", device };
      yield { kind: "head", head: again.head };
      return;
    }
    if (again.head.prefix === read.head!.prefix) {
      yield* newerRecords(store, user, read.head!.version, again.head);
    } else {
      yield { kind: "drop" };
      yield* wholeSpace(store, user, again.head);
    }
    read = again;
  }
  throw new SnapshotError(
    `Cannot take a snapshot: a user kept writing for ${passesMax} passes. ` +
      "Run it at a quieter time, or pause writing while it runs (SYNC_V2_PAUSED=1).",
  );
}

async function* wholeSpace(store: LedgerStore, user: string, head: Head): AsyncGenerator<SnapshotLine> {
  const { prefix, version, floor } = head;
  for (let after = 0; after < version;) {
    const feed = await store.listFeed(user, prefix, { after, upTo: version, limit: entitiesPerReadMax });
    if (feed.length === 0) break;
    yield* entitiesOf(store, user, prefix, feed);
    after = feed.at(-1)!.version;
  }
  for await (const rows of rowsAbove(store, user, prefix, floor, version)) {
    for (const row of rows) yield { kind: "row", row };
  }
  yield* allMarks(store, user, prefix);
}

async function* allMarks(store: LedgerStore, user: string, prefix: number): AsyncGenerator<SnapshotLine> {
  for (let after: string | null = null;;) {
    const marks = await store.listMarks(user, prefix, after, marksPerReadMax);
    for (const { changeId, mark } of marks) yield { kind: "mark", changeId, mark };
    if (marks.length < marksPerReadMax) break;
    after = marks.at(-1)!.changeId;
  }
}

/** Rows above `from` and the entities that they wrote, as they are now; and all marks. */
async function* newerRecords(
  store: LedgerStore,
  user: string,
  from: number,
  { prefix, version, floor }: Head,
): AsyncGenerator<SnapshotLine> {
  for await (const rows of rowsAbove(store, user, prefix, Math.max(from, floor), version)) {
    for (const row of rows) yield { kind: "row", row };
    for (let at = 0; at < rows.length; at += entitiesPerReadMax) {
      const refs = new Map(rows.slice(at, at + entitiesPerReadMax).map((row) => [entityKey(row), row]));
      yield* entitiesOf(store, user, prefix, [...refs.values()]);
    }
  }
  yield* allMarks(store, user, prefix);
}

async function* entitiesOf(
  store: LedgerStore,
  user: string,
  prefix: number,
  refs: readonly EntityRef[],
): AsyncGenerator<SnapshotLine> {
  const { entities } = await store.readState(user, prefix, [], refs, Number.MAX_SAFE_INTEGER);
  for (const entity of entities) if (entity && entity !== "too_much") yield { kind: "entity", entity };
}
