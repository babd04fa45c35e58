/**
 * Sends everything that a device knows as settled once more, straight to the server. Each must come back as a
 * duplicate with its version and first status (I1), also those that left only a mark, and nothing may be written.
 */
import { jsonBytes, syncPath, type SyncResponse } from "../../shared/mod.ts";
import type { Findings } from "./findings.ts";
import type { Profile } from "./profile.ts";
import type { ProfileRows } from "./profile_rows.ts";
import type { TortureServer } from "./torture_server.ts";

const changesPerRequestMax = 200;
const requestBytesMax = 512 * 1024;
/** A request may end early, with `retry` from some change on; it has moved on then. */
const requestsMax = 10_000;

/** Replays the acknowledged rows of `profile`; resolves to how many. */
export async function replaySettled(
  server: TortureServer,
  { options: { name, user } }: Profile,
  { acked, sync }: ProfileRows,
  findings: Findings,
): Promise<number> {
  let done = 0;
  for (let n = 0; n < requestsMax && done < acked.length; n++) {
    const batch = acked.slice(done, done + changesPerRequestMax);
    while (batch.length > 1 && jsonBytes(batch) > requestBytesMax) batch.length = Math.ceil(batch.length / 2);
    const body = {
      lastKnownServerVersion: sync.cursor,
      epoch: sync.epoch,
      limit: 1,
      changes: batch.map(({ change }) => change),
    };
    const answer: SyncResponse = JSON.parse(await server.call(user, syncPath, body));
    if (answer.serverVersion !== sync.cursor) {
      findings.add("I1", `replaying what ${name} knows as settled wrote to ${user}'s log`);
      return done;
    }
    const looked = answer.results.findIndex(({ status }) => status === "retry");
    const settled = batch.slice(0, looked < 0 ? batch.length : looked);
    settled.forEach(({ change: { changeId }, version, status }, i) => {
      const verdict = answer.results[i]!;
      // Without a mark, what changes nothing would be judged anew, and come back without a first status.
      const sameStatus = verdict.original === status || (status === "duplicate" && verdict.original);
      if (verdict.status === "duplicate" && verdict.version === version && sameStatus) return;
      findings.add(
        "I1",
        `${name} was told that ${changeId} is ${status} as version ${version}; replayed it is ` +
          `${verdict.status} (first ${verdict.original}) as version ${verdict.version} ${verdict.code ?? ""}`,
      );
    });
    done += settled.length;
  }
  if (done < acked.length) findings.add("I1", `the replay for ${name} does not end`);
  return done;
}
