/**
 * What must hold for a profile's database at any moment, also right after its page was killed: everything
 * acknowledged is somewhere in it (I2, I3), and nothing was altered after it had left (I1).
 */
import type { Findings } from "./findings.ts";
import type { Profile } from "./profile.ts";
import { readProfileRows } from "./profile_rows.ts";
import type { PromisesMade } from "./promises_made.ts";

/** Looks at one profile again and again; resolves when the look is done. */
export function profileInspector(profile: Profile, promises: PromisesMade, findings: Findings) {
  const { name } = profile.options;
  return async (): Promise<void> => {
    // What is acknowledged while the rows are read may be missing from them.
    const acknowledged = [...promises.changes.keys()];
    const { known, quarantine } = await readProfileRows(profile);
    for (const changeId of acknowledged) {
      if (!known.has(changeId)) findings.add("I3", `${name} has lost the acknowledged change ${changeId}`);
    }
    for (const { code, change } of quarantine) {
      if (code === "change_id_reused") {
        findings.add("I1", `${name} altered the change ${change.changeId} after it had left`);
      }
    }
  };
}
