/**
 * What must hold for a profile's database at any moment, also right after its page was killed: everything
 * acknowledged is somewhere in it (I2, I3), the cursor has not run back (I6), nothing was altered after it left.
 */
import type { Findings } from "./findings.ts";
import type { Profile } from "./profile.ts";
import { readProfileRows } from "./profile_rows.ts";
import type { PromisesMade } from "./promises_made.ts";

/** Looks at one profile again and again; resolves when the look is done. */
export function profileInspector(profile: Profile, promises: PromisesMade, findings: Findings) {
  const { name } = profile.options;
  let last = { restarts: 0, cursor: 0 };
  return async (): Promise<void> => {
    // What is acknowledged while the rows are read may be missing from them.
    const acknowledged = [...promises.changes.keys()];
    const { sync, known, quarantine } = await readProfileRows(profile);
    for (const changeId of acknowledged) {
      if (!known.has(changeId)) findings.add("I3", `${name} has lost the acknowledged change ${changeId}`);
    }
    const { restarts, cursor } = sync;
    if (restarts < last.restarts || (restarts === last.restarts && cursor < last.cursor)) {
      findings.add("I6", `${name}'s cursor ran back from ${last.cursor} to ${cursor}`);
    }
    last = { restarts, cursor };
    for (const { code, change } of quarantine) {
      if (code === "change_id_reused") {
        findings.add("I1", `${name} altered the change ${change.changeId} after it had left`);
      }
    }
  };
}
