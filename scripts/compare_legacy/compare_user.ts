/**
 * The dual-run check of one user: V1's full state, as a V1 client would pull it now, against the fold of v2's log;
 * that fold against the ledger's own checksum; and the rows that V1 left against both. Nothing is migrated,
 * changed or deleted; a V1 pull leaves the note of its token, as every pull does.
 */
import { formatChecksum } from "../../shared/mod.ts";
import type { LegacyRow } from "../../api/ledger/legacy_store.ts";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import { emptyHead, entityKey } from "../../api/ledger/records.ts";
import type { V1Ledger, V1PulledType } from "../../api/ports.ts";
import { StoreBusyError } from "../../api/store_busy_error.ts";
import { compareRows, type RowCounts } from "./compare_rows.ts";
import { type Difference, differences, type Records } from "./difference.ts";
import { type FoldedRecord, foldedState } from "./folded_state.ts";

/** One user, compared. `pending`: V1's rows are not all migrated, so there is nothing to compare yet. */
export type ComparedUser = {
  ok: true;
  /** Live records of all types. */
  records: number;
  rows: RowCounts;
  differences: Difference[];
} | { ok: false; code: "pending" | "moving" | "tooLarge" };

/** Times that a user is compared again because something was written meanwhile. */
const attemptsMax = 5;
/** Differences of one user that are kept; the first tell enough. */
export const differencesPerUserMax = 1000;

const pulledTypes: readonly V1PulledType[] = ["logbook_entry", "goal"];

/** Compares one user. `rowsOf` gives V1's rows anew for each attempt. Throws `StoreBusyError`. */
export async function compareUser(
  { store, v1, user, rowsOf }: {
    store: LedgerStore;
    v1: V1Ledger;
    user: string;
    rowsOf: (user: string) => AsyncIterable<LegacyRow> | Iterable<LegacyRow>;
  },
): Promise<ComparedUser> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const before = await store.readHead(user);
    const head = before.head ?? emptyHead;
    if (before.legacyPending) return { ok: false, code: "pending" };
    const { records, checksum } = await foldedState(store, user, head);
    const rows: RowCounts = { compared: 0, skipped: 0, met: 0, editedSince: 0 };
    const found: Difference[] = [];
    const pulled = await pullAll(v1, user);
    if (pulled === "tooLarge") return { ok: false, code: pulled };
    // What an erase took is not to be found, and rightly so.
    const left = head.lastErasedEpoch ? [] : rowsOf(user);
    const sources = [
      differences(user, "v1 | v2", pulled, knownToV1(records)),
      compareRows({ store, user, head, counts: rows }, left),
    ];
    for (const source of sources) {
      for await (const difference of source) if (found.length < differencesPerUserMax) found.push(difference);
    }
    if (formatChecksum(checksum) !== formatChecksum(head.checksum)) {
      const sums = { left: formatChecksum(checksum), right: formatChecksum(head.checksum) };
      found.push({ user, sides: "log | ledger", entityType: "checksum", entityId: "", field: null, ...sums });
    }
    const after = await store.readHead(user);
    if (after.token === before.token) return { ok: true, records: records.size, rows, differences: found };
  }
  return { ok: false, code: "moving" };
}

async function pullAll(v1: V1Ledger, user: string): Promise<Records | "tooLarge"> {
  const pulled = await v1.pull(user, undefined);
  if (!pulled.ok) {
    if (pulled.code === "too_large") return "tooLarge";
    throw new StoreBusyError();
  }
  return new Map(pulledTypes.flatMap((entityType) =>
    pulled.records[entityType].map((text) => {
      const data = JSON.parse(text) as Record<string, unknown>;
      const entityId = String(data.id);
      return [entityKey({ entityType, entityId }), { entityType, entityId, data }] as const;
    })
  ));
}

/** The part that V1 pulls, as V1 shows it: it knows a record by its id, also one whose data does not repeat it. */
function knownToV1(records: ReadonlyMap<string, FoldedRecord>): Records {
  const types: readonly string[] = pulledTypes;
  return new Map(
    [...records].filter(([, { entityType }]) => types.includes(entityType)).map(([key, { data, ...ref }]) => [
      key,
      { ...ref, data: data.id === ref.entityId ? data : { ...data, id: ref.entityId } },
    ]),
  );
}
