/** Bugs that let a change count twice, or not at all, when it is sent again. */
import type { Mutant } from "./mutant.ts";

export const idempotencyMutants: readonly Mutant[] = [
  {
    name: "marks-read-before-head",
    breaks: ["I1", "I5", "model"],
    file: "api/ledger/push.ts",
    find: `  const state = await readState(job, run);
`,
    replace: `  const state = await readState(job, run);
  read = await deps.store.readHead(user);
  state.head = job.head = read.head ?? emptyHead;
`,
    why: "What was settled between the two reads is not known as settled: one changeId gets two rows.",
  },
  {
    name: "unchanged-leaves-no-mark",
    breaks: ["I1"],
    file: "api/ledger/settle.ts",
    find: `      step: { head: working.head, changeId: prepared.markId, mark },
      needsHead: true,
      ...acceptedKey,`,
    replace: `      needsHead: true,
      ...acceptedKey,
      // Nothing to write.`,
    why: "A change that changed nothing is judged anew when it is sent again, and may act then.",
  },
  {
    name: "mark-without-effect",
    breaks: ["I1", "I3"],
    file: "api/adapters/memory_ledger_store.ts",
    find: `      for (const step of written) writeStep(spaceOf(user, prefix), step);
`,
    replace: `      for (const step of written) writeStep(spaceOf(user, prefix), step);
      for (const { changeId, mark } of steps) spaceOf(user, prefix).marks.set(changeId, structuredClone(mark));
`,
    why: "Marks of what did not fit the commit are written with it: sent again it passes for settled.",
  },
  {
    name: "replay-told-as-first-time",
    breaks: ["I7", "I10"],
    file: "api/ledger/settle.ts",
    find: `    verdict: { changeId, status: "duplicate", version: mark.version, original: mark.status },
    needsHead: false,`,
    replace: `    verdict: { changeId, status: mark.status, version: mark.version },
    needsHead: false,`,
    why: "The client folds its own old change a second time, over what others have written since.",
  },
  {
    name: "digest-of-the-retry-count",
    breaks: ["I1"],
    file: "shared/digest.ts",
    find: `  return canonicalJson([change.type, change.entityType, change.entityId, data, unset]);`,
    replace: `  const { retryCount = 0 } = change as { retryCount?: number };
  return canonicalJson([change.type, change.entityType, change.entityId, data, unset, retryCount]);`,
    why: "A change that was settled is refused when it is sent again, because it counts its retries.",
  },
  {
    name: "echo-applied-twice",
    breaks: ["I7", "I10"],
    file: "client/network/fold_page.ts",
    find:
      `    if ((status !== "applied" && status !== "merged") || version! > answer.latestServerVersion) return;`,
    replace:
      `    if (!["applied", "merged", "duplicate"].includes(status) || version! > answer.latestServerVersion) return;`,
    why: "A replayed change that was pulled long ago is folded again, over later ones.",
  },
  {
    name: "trim-forgets-marks",
    breaks: ["I1"],
    file: "api/adapters/memory_ledger_store.ts",
    find: `      for (const version of old.slice(0, rowsMax)) log.delete(version);`,
    replace: `      const { marks } = spaceOf(user, prefix);
      for (const version of old.slice(0, rowsMax)) {
        marks.delete(log.get(version)!.changeId);
        log.delete(version);
      }`,
    why: "A change that waited on a slow device for longer than the log is kept is applied a second time.",
  },
  {
    name: "adoption-copies-again",
    breaks: ["I1", "I4", "I8"],
    file: "client/network/adopt_anonymous.ts",
    find: `      if (known) continue;
`,
    replace: `      if (known && rows.quarantine.has(changeId)) continue;
`,
    why: "An adoption that was cut short is repeated, and its edits lie in the queue twice.",
  },
];
