/** The figures of a torture run, and how they are said. */
import type { FaultKind } from "./fault_proxy.ts";
import type { OperatorLog } from "./operator.ts";
import type { Deeds } from "./person.ts";

/** All counts are totals since the run began. */
export interface TortureReport extends OperatorLog, Deeds {
  seed: number;
  clients: number;
  /** How long the faults were to last. */
  faultMs: number;
  elapsedMs: number;
  /** Resolved `queueChange` calls. */
  edits: number;
  /** Changes that they became. */
  acknowledged: number;
  settled: number;
  rejected: number;
  requests: number;
  faults: Record<FaultKind | "unreachable", number>;
  statuses: Record<string, number>;
  /** Answers that told a client to start over. */
  resets: number;
  /** Acknowledged changes found on the server, set aside or given up. */
  changesChecked: number;
  /** Settled changes sent once more. */
  replayed: number;
}

/** One line while it runs. */
export function progressLine(report: TortureReport): string {
  const { elapsedMs, acknowledged, settled, kills, restores, conflicts } = report;
  return `${(elapsedMs / 1000).toFixed(0)} s: ${acknowledged} acknowledged, ${settled} settled, ` +
    `${kills} kills, ${restores} restores, faults ${countsText(report.faults)}, ${conflicts} conflicts`;
}

/** The closing lines. */
export function summary(report: TortureReport): string {
  const r = report;
  return [
    `seed ${r.seed}, ${r.clients} clients, ${(r.faultMs / 60_000).toFixed(2)} minutes of faults, ` +
    `${(r.elapsedMs / 60_000).toFixed(2)} in all`,
    `server: ${r.kills} kills, ${r.backups} backups, ${r.restores} restores (${r.interruptedRestores} of them ` +
    `interrupted) that took back ${r.versionsTakenBack} versions; ${r.resets} answers said so`,
    `network: ${r.requests} requests, faults ${countsText(r.faults)}; answers by status ${
      countsText(r.statuses)
    }`,
    `pages: ${r.reloads} reloads, ${r.pageKills} kills`,
    `edits: ${r.edits} in ${r.acknowledged} changes; ${r.rejected} refused, ${r.conflicts} conflicts, ` +
    `${r.resolved} resolved, ${r.retried} retried, ${r.discarded} discarded`,
    `checked: ${r.changesChecked} acknowledged changes, ${r.replayed} settled ones replayed; nothing is missing`,
  ].join("\n");
}

function countsText(counts: Record<string, number>): string {
  return Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(", ");
}
