/** One run of housekeeping as a line in the log: counts only, and no error escapes into a timer. */
import type { Logger } from "./http_ports.ts";
import type { LedgerDeps } from "./ledger/deps.ts";
import { maintainLedger, type MaintenanceOptions } from "./ledger/maintain.ts";

/** Runs and logs; never rejects. */
export async function maintainAndLog(
  deps: LedgerDeps,
  options: MaintenanceOptions,
  logger: Logger,
): Promise<void> {
  try {
    const report = await maintainLedger(deps, options);
    logger.log({ level: "info", event: "maintenance", ...report });
  } catch (error) {
    // Its name only: a message may hold a value.
    const name = error instanceof Error ? error.name : "unknown";
    logger.log({ level: "error", event: "maintenance_failed", error: name });
  }
}
