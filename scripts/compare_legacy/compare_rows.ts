/**
 * V1's rows, normalised, against what v2 holds of them. What a user has edited since differs rightly: the stamp of
 * a field tells whether its last write is newer than the row's own change, so only the others are compared.
 */
import { legacyChange, legacyDeletion } from "../../api/ledger/legacy_change.ts";
import type { LegacyRow } from "../../api/ledger/legacy_store.ts";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import { fieldStamp } from "../../api/ledger/entity_state.ts";
import type { EntityState, Head, Mark } from "../../api/ledger/records.ts";
import type { JsonObject } from "../../shared/mod.ts";
import { type Difference, fieldDifferences } from "./difference.ts";

/** What was found, in rows. */
export interface RowCounts {
  compared: number;
  /** Cannot be changes; the import and the migration name them. */
  skipped: number;
  /** Met a record that was here before them; the migration names them. */
  met: number;
  /** Some field was edited since, or the record was deleted. */
  editedSince: number;
}

/** Rows of one read of marks and entities. */
const rowsPerReadMax = 200;

/** Goes through `rows`, which must be sorted so that rows of one record are together, the newest last. */
export async function* compareRows(
  { store, user, head, counts }: { store: LedgerStore; user: string; head: Head; counts: RowCounts },
  rows: AsyncIterable<LegacyRow> | Iterable<LegacyRow>,
): AsyncGenerator<Difference> {
  let batch: LegacyRow[] = [];
  for await (const row of rows) {
    const last = batch.at(-1);
    if (last?.entityType === row.entityType && last.entityId === row.entityId) batch.pop();
    else if (batch.length === rowsPerReadMax) {
      yield* compareBatch(store, user, head, counts, batch);
      batch = [];
    }
    batch.push(row);
  }
  yield* compareBatch(store, user, head, counts, batch);
}

async function* compareBatch(
  store: LedgerStore,
  user: string,
  head: Head,
  counts: RowCounts,
  rows: readonly LegacyRow[],
): AsyncGenerator<Difference> {
  const read = rows.flatMap((row) => {
    const result = legacyChange(user, row);
    return result.ok ? [{ row, ...result }] : [];
  });
  counts.skipped += rows.length - read.length;
  if (read.length === 0) return;
  const ids = read.map(({ change }) => change.changeId);
  const { marks, entities } = await store.readState(
    user,
    head.prefix,
    ids,
    read.map(({ row }) => row),
    Number.MAX_SAFE_INTEGER,
  );
  for (const [i, { row, change, deleted }] of read.entries()) {
    counts.compared++;
    const { entityType, entityId } = row;
    const place = { user, sides: "source | v2" as const, entityType, entityId };
    const mark = marks[i] ?? null;
    const entity = entities[i] as EntityState | null;
    // A deleted record that met nothing comes and goes in two changes.
    if (!mark || !entity) yield { ...place, field: null, ...(deleted ? {} : { left: change.data }) };
    else if (mark.status === "conflict") counts.met++;
    else if (!deleted) yield* compareLive(place, change.data ?? {}, entity, mark, counts);
    else if (entity.deleted) continue;
    else if (entity.lastDeletion !== null || mark.status === "duplicate") counts.editedSince++;
    else if (await deletionSettled(store, user, head, row, mark)) counts.editedSince++;
    else yield { ...place, field: null, right: entity.data };
  }
}

async function deletionSettled(
  store: LedgerStore,
  user: string,
  { prefix }: Head,
  row: LegacyRow,
  { version }: Mark,
): Promise<boolean> {
  const { changeId } = legacyDeletion(user, row, version);
  const { marks } = await store.readState(user, prefix, [changeId], [], 0);
  return marks[0] !== null;
}

function* compareLive(
  place: Pick<Difference, "user" | "sides" | "entityType" | "entityId">,
  expected: JsonObject,
  entity: EntityState,
  { version }: Mark,
  counts: RowCounts,
): Generator<Difference> {
  if (entity.deleted) {
    if ((entity.lastDeletion?.[0] ?? 0) > version) counts.editedSince++;
    else yield { ...place, field: null, left: expected };
    return;
  }
  let edited = false;
  for (const difference of fieldDifferences(place, expected, entity.data)) {
    const stamp = fieldStamp(entity, difference.field!);
    if (stamp !== null && stamp[0] > version) edited = true;
    else yield difference;
  }
  if (edited) counts.editedSince++;
}
