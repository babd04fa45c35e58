/**
 * Verdicts: a settled change leaves the queue and is kept as acknowledged, a rejected one is set aside with
 * its reason, `retry` stays. A settled verdict that comes late takes its change out of quarantine again.
 */
import { isSettled, type SettledStatus, type SyncResponse, type Verdict } from "../../shared/mod.ts";
import type { DeviceRows } from "../device_rows.ts";
import { keyOf } from "../held_changes.ts";
import { quarantineRow } from "./failed_changes.ts";
import type { StoreKey, StoreRow } from "../ports.ts";
import { type AckedRow, type QuarantineRow, type QueueRow, rowKey } from "../rows.ts";

/** A change that left the queue for good. */
export interface SettledRow {
  change: QueueRow["change"];
  status: SettledStatus;
  version: number;
  verdict: Verdict;
}

/** Rows that the verdicts of one answer write. */
export interface SettledVerdicts {
  put: StoreRow[];
  remove: StoreKey[];
  settled: SettledRow[];
  rejected: QuarantineRow[];
  /** Entities whose view loses a rejected edit. */
  rollback: Set<string>;
}

/** Settles the verdicts on `sent`; `answer.results` is known to match it one to one. */
export function settleVerdicts(
  rows: DeviceRows,
  sent: readonly QueueRow[],
  answer: SyncResponse,
  times: { nowMs: number; serverTimeMs: number },
): SettledVerdicts {
  const out: SettledVerdicts = { put: [], remove: [], settled: [], rejected: [], rollback: new Set() };
  const winners = new Map(answer.conflicts?.map((conflict) => [conflict.changeId, conflict.winner]));
  const rejectedCreated = new Map<string, string>();
  sent.forEach(({ change: { changeId } }, i) => {
    const verdict = answer.results[i]!;
    const queued = rows.queued(changeId);
    const waiting = queued ?? rows.quarantine.get(changeId);
    // Another tab, or another answer, has settled it already.
    if (!waiting || verdict.status === "retry") return;
    const { change, seq } = waiting;
    const key = keyOf(waiting);
    if (isSettled(verdict.status)) {
      const { status } = verdict;
      out.remove.push(queued ? rowKey.queue(queued.seq) : rowKey.quarantine(changeId));
      const version = verdict.version!;
      const effect = hadEffect(verdict, winners.get(changeId));
      const acked: AckedRow = {
        version,
        place: seq,
        change,
        status,
        effect,
        settledAtMs: times.serverTimeMs,
      };
      out.put.push([rowKey.acked(version, changeId), acked]);
      out.settled.push({ change, status, version, verdict });
    } else if (queued) {
      const row = quarantineRow(queued, verdict.code!, verdict.reason!, times.nowMs);
      if (change.type === "CREATED") rejectedCreated.set(key, changeId);
      const parent = rejectedCreated.get(key);
      if (verdict.code === "dependency_rejected" && parent !== undefined) row.dependsOn = parent;
      out.remove.push(rowKey.queue(queued.seq));
      out.put.push([rowKey.quarantine(changeId), row]);
      out.rejected.push(row);
      out.rollback.add(key);
    }
  });
  return out;
}

/** Whether the change acted on its entity exactly as it was sent, so that the view may fold it as it is. */
function hadEffect(verdict: Verdict, winner: "yours" | "theirs" | undefined): boolean {
  const first = verdict.status === "duplicate" ? verdict.original : verdict.status;
  return first === "applied" || first === "merged" || (first === "conflict" && winner === "yours");
}
