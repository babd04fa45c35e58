/** What becomes of one V1 record, as its client is told. */
import type { V1Outcome } from "../ports.ts";
import type { EntityState, Mark } from "./records.ts";
import type { Settled } from "./settle.ts";
import type { V1Decision } from "./v1_decide.ts";
import type { V1Ready, V1Refused } from "./v1_record.ts";

/** A record with what was decided on it; `settled` if that was a change, which stands. */
export interface V1Decided {
  record: V1Ready;
  entity: EntityState | null;
  mark: Mark | null;
  decision: V1Decision;
  settled?: Settled;
}

/** The outcome of a record that was decided on. */
export function outcomeOf({ record, entity, mark, decision, settled }: V1Decided): V1Outcome {
  const { entityType, entityId } = record;
  const common = {
    entityType,
    entityId,
    version: entity?.version ?? 0,
    live: entity !== null && !entity.deleted,
  };
  if (!settled) {
    const { conflict } = decision;
    const kind = mark && mark.status !== "duplicate" ? "written" : "unchanged";
    return { ...common, kind, duplicate: conflict === null, conflict };
  }
  const { verdict, step } = settled;
  if (verdict.status === "rejected") {
    return { ...common, kind: "refused", duplicate: false, conflict: verdict.code ?? "invalid_record" };
  }
  return {
    ...common,
    kind: "written",
    duplicate: false,
    conflict: decision.conflict ?? step?.row?.conflict?.reason ?? null,
    version: verdict.version ?? common.version,
    live: decision.change?.type !== "DELETED",
  };
}

/** The outcome of a record that could not be. */
export function refusedOutcome({ entityType, entityId, reason }: V1Refused): V1Outcome {
  return {
    entityType,
    entityId,
    kind: "refused",
    duplicate: false,
    conflict: reason,
    version: 0,
    live: false,
  };
}
