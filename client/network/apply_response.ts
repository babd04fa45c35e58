/**
 * Applies one answer, as one plan and so as one transaction: verdicts out of the queue, own and pulled
 * changes into the base in version order, the cursor, conflicts.
 *
 * Invariants:
 * - A page is applied only if this device still stands where the request said it stood (epoch, cursor,
 *   snapshot flag, restart counter); of any other answer only the verdicts are used. Late, doubled and
 *   overtaken answers therefore cannot move the cursor back or fold anything twice.
 * - Verdicts of the history we stand in are always used: within it a changeId has one verdict for ever.
 */
import type { SyncResponse, Verdict } from "../../shared/mod.ts";
import { foldPage, type PageEffect, type PageFold } from "./fold_page.ts";
import type { Batch } from "./take_batch.ts";
import type { EntityTypes } from "./lift_record.ts";
import { ownConflictRow, pulledConflictRow, remainingConflicts } from "./conflicts.ts";
import type { DeviceRows } from "../device_rows.ts";
import type { Plan } from "../device_state.ts";
import type { StoreKey, StoreRow } from "../ports.ts";
import { planReset } from "./reset.ts";
import { type ConflictRow, type QuarantineRow, rowKey, type SyncRow } from "../rows.ts";
import { type SettledRow, settleVerdicts } from "./settle_verdicts.ts";

/** What an answer did, for events, statistics and the next step. */
export interface Applied {
  settled: SettledRow[];
  rejected: QuarantineRow[];
  newConflicts: ConflictRow[];
  /** Entities of the page were folded into the base. */
  changesApplied: number;
  /** The page was applied; false when this device had moved on meanwhile. */
  pageUsed: boolean;
  /** The page moved the cursor or ended a compacted pull. */
  progressed: boolean;
  hasMore: boolean;
  /** Some pushed changes were not looked at. */
  retrySuffix: boolean;
  reset: "restored" | "erased" | "checksum" | null;
  /** A pulled change carries our deviceId but is not ours: this profile was cloned. */
  deviceIdTaken: boolean;
}

/** Facts from outside the rows. */
export interface ApplyContext {
  deviceId: string;
  /** Wall ms, for people. */
  nowMs: number;
  /** The site's schemas, which pulled records are lifted to. */
  entityTypes?: EntityTypes | undefined;
}

/** A settled change is kept this long, by the server's clock, to be offered again after a restore. */
const ackedRetentionMs = 30 * 24 * 60 * 60 * 1000;
/** A checksum may make the client start over this often, by the server's clock. */
const checksumRestartMinMs = 24 * 60 * 60 * 1000;

/** The plan of applying `answer` to the request that carried `batch`. */
export function planApply(
  rows: DeviceRows,
  batch: Batch,
  answer: SyncResponse,
  context: ApplyContext,
): Plan<Applied> {
  const { deviceId, nowMs, entityTypes } = context;
  const serverTimeMs = Math.max(rows.sync.serverTimeMs, Date.parse(answer.serverTime) || 0);
  const standing = standsAt(rows.sync, batch);
  // Settled in a history that a reset has ended meanwhile is not settled: the change stays and is offered again.
  const ended = !standing && rows.sync.epoch !== null && answer.epoch !== rows.sync.epoch;
  const verdicts = settleVerdicts(rows, ended ? [] : batch.rows, answer, { nowMs, serverTimeMs });
  const put: StoreRow[] = [...verdicts.put];
  const remove: StoreKey[] = [...verdicts.remove];
  const outcome: Applied = {
    settled: verdicts.settled,
    rejected: verdicts.rejected,
    newConflicts: [],
    changesApplied: 0,
    pageUsed: standing,
    progressed: false,
    hasMore: answer.hasMore,
    retrySuffix: answer.results.some((verdict: Verdict) => verdict.status === "retry"),
    reset: null,
    deviceIdTaken: false,
  };
  const plan: Plan<Applied> = { put, remove, rollback: verdicts.rollback, result: outcome };
  const newConflicts = (answer.conflicts ?? []).map((conflict) =>
    ownConflictRow(rows, batch.rows, conflict, nowMs)
  );
  if (ended) return plan;
  if (!standing) {
    keepConflicts([]);
    return plan;
  }

  let sync: SyncRow = { ...rows.sync, serverTimeMs };
  const clearSlots: number[] = [];
  plan.clearSlots = clearSlots;
  if (answer.reset) {
    const reset = planReset(rows, answer.reset, serverTimeMs - ackedRetentionMs);
    put.push(...reset.put);
    remove.push(...reset.remove);
    clearSlots.push(...reset.clearSlots);
    sync = { ...sync, ...reset.sync };
    outcome.reset = answer.reset;
  }
  const fold = foldPage(rows, sync, batch, answer, answer.reset !== undefined, entityTypes);
  put.push(...fold.put);
  remove.push(...fold.remove);
  outcome.changesApplied = fold.changed;
  outcome.progressed = answer.reset !== undefined || answer.latestServerVersion !== rows.sync.cursor ||
    (answer.snapshot === true) !== rows.sync.snapshot;
  for (const effect of fold.effects) {
    const { own, change } = effect;
    if (own) continue;
    newConflicts.push(pulledConflictRow(rows, effect, deviceId, nowMs));
    if (!fold.compacted && isForeignTwin(rows, batch, change, deviceId)) outcome.deviceIdTaken = true;
  }
  keepConflicts(fold.effects);

  sync = {
    ...sync,
    epoch: answer.epoch,
    cursor: answer.latestServerVersion,
    snapshot: answer.snapshot === true,
    checksum: fold.checksum,
  };
  if (!sync.staging) sync.viewCursor = sync.cursor;
  if (!answer.hasMore) finishPull(fold);
  put.push([rowKey.meta("sync"), sync]);
  return plan;

  /** Opens what is new and closes what the page has settled, the new ones among it. */
  function keepConflicts(effects: readonly PageEffect[]): void {
    const fresh = newConflicts.filter((row) => row !== null);
    const remaining = remainingConflicts([...rows.conflict.values(), ...fresh], effects);
    for (const noticed of fresh) {
      const row = remaining.get(noticed.id) ?? noticed;
      if (remaining.get(noticed.id) === null) continue;
      outcome.newConflicts.push(row);
      remaining.set(row.id, row);
    }
    if (answer.reset === "restored") {
      // Versions of another history say nothing about what moved since: a person looks once more.
      for (const row of rows.conflict.values()) {
        if (!remaining.has(row.id)) remaining.set(row.id, { ...row, version: 0 });
      }
    }
    for (const [id, row] of remaining) {
      if (row) put.push([rowKey.conflict(id), row]);
      else remove.push(rowKey.conflict(id));
    }
  }

  /** The last page: swap a staged base in, or start over if the state is not the server's. */
  function finishPull(fold: PageFold): void {
    const sound = answer.checksum === undefined || answer.checksum === fold.checksumText;
    const mayRestart = sync.checksumRestartMs === null ||
      serverTimeMs - sync.checksumRestartMs >= checksumRestartMinMs;
    if (!sound && mayRestart) {
      const slot = 1 - sync.shownSlot;
      clearSlots.push(slot);
      dropPutsOfSlot(put, slot);
      sync = { ...sync, ...restart(sync), checksumRestartMs: serverTimeMs };
      outcome.reset ??= "checksum";
      outcome.hasMore = true;
      return;
    }
    if (sync.staging) {
      clearSlots.push(sync.shownSlot);
      sync = { ...sync, shownSlot: 1 - sync.shownSlot, staging: false, viewCursor: sync.cursor };
    }
    sync = { ...sync, checksumBroken: !sound, lastSyncTime: nowMs };
    remove.push(...expiredAcked(rows, sync, serverTimeMs - ackedRetentionMs));
  }
}

/** The fields of a restart into the other slot; what is shown stays. */
function restart(sync: SyncRow): Partial<SyncRow> {
  return { cursor: 0, snapshot: false, restarts: sync.restarts + 1, staging: true, checksum: [0, 0] };
}

function dropPutsOfSlot(put: StoreRow[], slot: number): void {
  for (let i = put.length - 1; i >= 0; i--) {
    const key = put[i]![0];
    if (key[0] === "base" && key[1] === slot) put.splice(i, 1);
  }
}

function standsAt(sync: SyncRow, { from }: Batch): boolean {
  return sync.epoch === from.epoch && sync.cursor === from.cursor && sync.snapshot === from.snapshot &&
    sync.restarts === from.restarts;
}

/** Settled changes that are old by the server's clock and no longer part of the view. */
function expiredAcked(rows: DeviceRows, sync: SyncRow, beforeMs: number): StoreKey[] {
  const expired: StoreKey[] = [];
  for (const row of rows.acked.values()) {
    if (row.settledAtMs >= beforeMs) break;
    if (row.version <= sync.viewCursor) expired.push(rowKey.acked(row.version, row.change.changeId));
  }
  return expired;
}

/** Whether a pulled change bears our deviceId although this device has never made it. */
function isForeignTwin(
  rows: DeviceRows,
  batch: Batch,
  change: { changeId: string; deviceId?: string; version: number },
  deviceId: string,
): boolean {
  if (change.deviceId !== deviceId) return false;
  const { changeId, version } = change;
  return !rows.queued(changeId) && !rows.quarantine.has(changeId) && !rows.discard.has(changeId) &&
    !rows.acked.has(`${version} ${changeId}`) && !batch.rows.some((row) => row.change.changeId === changeId);
}
