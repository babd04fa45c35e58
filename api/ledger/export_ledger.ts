/**
 * Everything of a user as a stream of lines: head, entities, changes. What changes while the stream runs is
 * given again at its newer version; a reader keeps the last line of an entity.
 */
import type { ExportLine } from "../ports.ts";
import { budget } from "./budget.ts";
import type { LedgerDeps } from "./deps.ts";
import { formatEpoch } from "./epoch.ts";
import { readGeneration } from "./generation.ts";
import type { LedgerStore } from "./ledger_store.ts";
import { emptyHead, type Head } from "./records.ts";
import { rowsAbove } from "./rows_above.ts";
import { auditRecord } from "./wire.ts";

/** Times the entities are gone through again because writes went on. */
const passesMax = 10;
/** Entities of one read. */
const entitiesPerReadMax = 50;

/** Streams a user's ledger; bounded memory whatever its size. */
export async function* exportLedger(deps: LedgerDeps, user: string): AsyncGenerator<ExportLine> {
  const read = await deps.store.readHead(user);
  const generation = await readGeneration(deps, read);
  const first = read.head ?? emptyHead;
  const epoch = formatEpoch({ generation, number: first.epochNumber });
  yield { kind: "head", latestServerVersion: first.version, epoch };
  let head = first;
  let delivered = 0;
  for (let pass = 0; pass < passesMax && delivered < head.version; pass++) {
    yield* entityLines(deps.store, user, head, delivered);
    delivered = head.version;
    const again = (await deps.store.readHead(user)).head ?? emptyHead;
    // Erased meanwhile: what was to follow is gone.
    if (again.prefix !== first.prefix) return;
    head = again;
  }
  for await (const rows of rowsAbove(deps.store, user, head.prefix, head.floor, delivered)) {
    for (const row of rows) yield { kind: "change", ...auditRecord(row) };
  }
}

async function* entityLines(
  store: LedgerStore,
  user: string,
  head: Head,
  after: number,
): AsyncGenerator<ExportLine> {
  for (let position = after; position < head.version;) {
    const feed = await store.listFeed(user, head.prefix, {
      after: position,
      upTo: head.version,
      limit: entitiesPerReadMax,
    });
    if (feed.length === 0) return;
    const live = feed.filter(({ deleted }) => !deleted);
    const { entities } = await store.readState(user, head.prefix, [], live, budget.bytesPerSliceMax);
    position = feed.at(-1)!.version;
    for (const [i, entity] of entities.entries()) {
      if (entity === "too_much") {
        position = live[i]!.version - 1;
        break;
      }
      if (!entity || entity.deleted) continue;
      const { entityType, entityId, version, data } = entity;
      yield { kind: "entity", entityType, entityId, version, data };
    }
  }
}
