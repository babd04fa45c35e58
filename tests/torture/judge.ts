/** The verdict on a whole run, when all is quiet: every user's data on the server, every device, a fresh one. */
import { syncPath } from "../../shared/mod.ts";
import { type Exported, readExport } from "./exported.ts";
import type { Findings } from "./findings.ts";
import { judgeProfile, judgeState } from "./judge_profile.ts";
import { judgeServer } from "./judge_server.ts";
import { pause } from "./pause.ts";
import { Profile } from "./profile.ts";
import { readProfileRows } from "./profile_rows.ts";
import { PromisesMade } from "./promises_made.ts";
import { replaySettled } from "./replay_settled.ts";
import type { TortureServer } from "./torture_server.ts";
import type { WireBook } from "./wire_book.ts";

/** What is judged. */
export interface JudgeFacts {
  server: TortureServer;
  users: readonly string[];
  households: readonly { profile: Profile; promises: PromisesMade }[];
  book: WireBook;
  findings: Findings;
}

const freshMsMax = 60_000;

/** Judges everything; resolves to how much was found where it belongs. */
export async function judge(facts: JudgeFacts): Promise<{ changesChecked: number; replayed: number }> {
  const { server, users, households, book, findings } = facts;
  const judged = { changesChecked: 0, replayed: 0 };
  for (const user of users) {
    const text = await server.call(user, "/api/sync/v2/export");
    const exported = readExport(text);
    book.checkCanaries(user, text, "The export");
    judgeServer(user, exported, book, findings);
    for (const { profile, promises } of households) {
      if (profile.options.user !== user) continue;
      const rows = await readProfileRows(profile);
      judged.changesChecked += judgeProfile({ profile, rows, exported, promises, book, findings });
      judged.replayed += await replaySettled(server, profile, rows, findings);
    }
    await judgeFreshDevice(facts, user, exported);
  }
  if (/"status":500|unexpected_error/.test(server.output())) {
    findings.add("no 500", "the server's log tells of an unexpected error");
  }
  return judged;
}

/** A device that was never here gets the same state from a compacted pull (I18). */
async function judgeFreshDevice({ server, book, findings }: JudgeFacts, user: string, exported: Exported) {
  const profile = new Profile({
    name: `a new device of ${user}`,
    user,
    endpoint: `${server.origin}${syncPath}`,
    locks: true,
    clockErrorMs: 0,
    getToken: () => server.token(user, 60_000),
    findings,
  });
  const page = profile.open();
  const stopMs = performance.now() + freshMsMax;
  while (page.client.status.state !== "synced" && performance.now() < stopMs) await pause(20);
  const rows = await readProfileRows(profile);
  judgeState({ profile, rows, exported, promises: new PromisesMade(), book, findings });
  await page.close();
}
