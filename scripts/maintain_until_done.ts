/** Bounded runs of housekeeping, one after the other, until nothing is left to do. */
import type { Clock } from "../api/ports.ts";
import { describeMaintenance, type MaintenanceReport } from "../api/ledger/maintain.ts";

/** Runs of one call; each is bounded by itself. */
export const maintenanceRunsMax = 1000;
const pauseWhileBusyMs = 1000;

/** Resolves to whether all is done; false after {@linkcode maintenanceRunsMax} runs. */
export async function maintainUntilDone(
  { run, say, clock }: {
    run: () => Promise<MaintenanceReport>;
    say: (line: string) => void;
    clock: Pick<Clock, "sleep">;
  },
): Promise<boolean> {
  for (let count = 1; count <= maintenanceRunsMax; count++) {
    const report = await run();
    say(`Run ${count}: ${describeMaintenance(report)}.`);
    if (!report.more) return true;
    const idle = report.users + report.erasedKeys + report.orphanKeys + report.forgottenDevices === 0;
    if (idle) await clock.sleep(pauseWhileBusyMs);
  }
  return false;
}
