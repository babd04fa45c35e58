/** I9, I11 and the replay half of I1, on an answer before it leaves the server. */
import type { SyncResponse } from "../../../shared/mod.ts";
import { keyOf } from "./history_line.ts";
import type { LedgerChecks } from "./ledger_checks.ts";
import type { Ticket } from "./ticket.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** Checks the answer to the exchange of `ticket`. */
export function checkAnswer(
  run: VerdictOnRun,
  ledger: LedgerChecks,
  ticket: Ticket,
  response: SyncResponse,
): void {
  const { changes, request, user } = ticket;
  const { results, newChanges, latestServerVersion, serverVersion, hasMore } = response;
  run.hold(
    "I11",
    results.length === changes.length,
    () => `${results.length} verdicts on ${changes.length} changes`,
  );
  let isSuffix = false;
  const line = ledger.byEpoch(user, response.epoch);
  run.hold("I17", line !== undefined, () => `the answer names an epoch ${response.epoch} that never stood`);
  if (!line) return;
  results.forEach((verdict, i) => {
    const { changeId, status, version, original } = verdict;
    run.hold("I11", changeId === changes[i]?.changeId, () => `verdict ${i} is about another change`);
    run.hold("I11", !isSuffix || status === "retry", () => `a verdict follows a 'retry'`);
    isSuffix ||= status === "retry";
    if (status === "retry") return;
    const mark = line.marks.get(changeId ?? "");
    if (status === "rejected") {
      // Even if the answer gets lost: sent again it is judged anew, and may go then, after later edits.
      const account = ledger.register.get(changeId ?? "");
      if (account) account.wasRejected = true;
      account?.refusedAs.add(verdict.code!);
      if (verdict.code === "unknown_entity" && line === ticket.line) {
        const key = keyOf(changes[i]!);
        run.hold(
          "model",
          line.at(key, ticket.beganAt) === undefined,
          () => `${key} is known, but was called unknown`,
        );
      }
      return;
    }
    const first = mark && mark.version === version &&
      (status === mark.status || (status === "duplicate" && original === mark.status));
    run.hold(
      "I1",
      first === true,
      () =>
        `${changeId} was told ${status} v${version}, but its first verdict is ${mark?.status} v${mark?.version}`,
    );
  });
  if (response.reset) {
    run.hold(
      "I17",
      results.every(({ status }) => status === "retry"),
      () => "a change was settled with a reset",
    );
  }
  const from = response.reset ? 0 : request.lastKnownServerVersion;
  run.hold(
    "I9",
    hasMore || line !== ticket.line || latestServerVersion >= ticket.beganAt,
    () =>
      `'hasMore' is false at ${latestServerVersion}, but the head was ${ticket.beganAt} when the request came`,
  );
  run.hold(
    "I9",
    hasMore || latestServerVersion === serverVersion,
    () => `'hasMore' is false at ${latestServerVersion} of ${serverVersion}`,
  );
  run.hold(
    "I9",
    newChanges.every(({ version }) => version > from && version <= latestServerVersion),
    () => `the page from ${from} to ${latestServerVersion} holds a change from elsewhere`,
  );
}
