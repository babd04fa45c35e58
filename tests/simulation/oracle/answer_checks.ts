/**
 * Rejections, on an answer before it leaves the server: I1 (what was settled is never refused afterwards) and I13
 * (what depends on a creation that was rejected in the same request says so).
 */
import type { SyncResponse } from "../../../shared/mod.ts";
import type { ChangeRegister } from "./change_register.ts";
import { keyOf } from "./history_line.ts";
import type { LedgerChecks } from "./ledger_checks.ts";
import type { Ticket } from "./ticket.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** Checks the answer to the exchange of `ticket`. */
export function checkRejections(
  run: VerdictOnRun,
  ledger: LedgerChecks,
  register: ChangeRegister,
  ticket: Ticket,
  response: SyncResponse,
): void {
  const { user, changes } = ticket;
  const line = ledger.byEpoch(user, response.epoch);
  const head = line === ticket.line ? ticket.beganAt : ticket.head;
  const rejectedCreations = new Set<string>();
  response.results.forEach(({ changeId, status, code }, i) => {
    const change = changes[i];
    if (!change || status === "retry") return;
    const key = keyOf(change);
    if (change.type === "CREATED") {
      if (status === "rejected") rejectedCreations.add(key);
      else rejectedCreations.delete(key);
    } else {
      run.hold(
        "I13",
        status !== "rejected" || code !== "unknown_entity" || !rejectedCreations.has(key),
        () => `${changeId} depends on a creation of ${key} that was rejected, but is told ${code}`,
      );
    }
    // A lying disk, or a clone, may have made another change of it.
    if (status !== "rejected" || register.get(changeId ?? "")?.doubtful) return;
    const mark = line?.marks.get(changeId ?? "");
    // What was settled while this exchange was under way may have been looked at before.
    run.hold(
      "I1",
      mark === undefined || mark.status === "duplicate" || mark.version > head,
      () => `${changeId} was settled, but is refused now (${code})`,
    );
  });
}
