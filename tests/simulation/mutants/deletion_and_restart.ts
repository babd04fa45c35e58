/** Bugs that bring back what is gone: deleted entities, erased data, lost histories. */
import type { Mutant } from "./mutant.ts";

export const deletionAndRestartMutants: readonly Mutant[] = [
  {
    name: "edit-revives-the-deleted",
    breaks: ["I8", "I14", "model"],
    file: "shared/merge.ts",
    find: `  if (current === undefined) return undefined;
`,
    replace: `  if (current === undefined) return { ...effect.data };
`,
    why: "An edit of a deleted record makes a record of that one field.",
  },
  {
    name: "creation-below-a-deletion-revives",
    breaks: ["I14", "model"],
    file: "api/ledger/resolve.ts",
    find:
      `  if (entity?.lastDeletion && isUnseen(input, entity.lastDeletion)) return belowDeletion(input, entity);
  if (!live)`,
    replace:
      `  if (live && entity.lastDeletion && isUnseen(input, entity.lastDeletion)) return belowDeletion(input, entity);
  if (!live)`,
    why: "A creation that was queued before somebody deleted the record makes it again.",
  },
  {
    name: "deletion-forgotten-by-a-restore",
    breaks: ["I14", "model"],
    file: "api/ledger/entity_state.ts",
    find: `    lastDeletion: before?.lastDeletion ?? null,`,
    replace: `    lastDeletion: null,`,
    why: "Edits from before a deletion act on the record that somebody made again.",
  },
  {
    name: "erase-told-as-restore",
    breaks: ["I17"],
    file: "api/ledger/epoch.ts",
    find: `    compareEpochs(theirs, head.lastErasedEpoch) <= 0;`,
    replace: `    compareEpochs(theirs, head.lastErasedEpoch) < 0;`,
    why: "Devices offer again what was erased on purpose.",
  },
  {
    name: "erase-keeps-the-key-space",
    breaks: ["I1", "I5", "I14", "I17", "model"],
    file: "api/ledger/erase.ts",
    find: `      prefix: old.prefix + 1,`,
    replace: `      prefix: old.prefix,`,
    why: "Marks and entities of before the erase go on deciding.",
  },
  {
    name: "erased-base-stays",
    breaks: ["I7", "I10", "I18"],
    file: "client/network/reset.ts",
    find: `      clearSlots: [0, 1],
      sync`,
    replace: `      clearSlots: [1 - sync.shownSlot],
      sync`,
    why: "A device goes on showing what was erased.",
  },
  {
    name: "erase-holds-nothing-back",
    breaks: ["I17"],
    file: "client/network/reset.ts",
    find: `      sync: { ...started, staging: false, erasedHold: unsaved.length > 0 },`,
    replace: `      sync: { ...started, staging: false },`,
    why: "What waited when everything was erased is sent without asking.",
  },
  {
    name: "offered-again-after-an-erase",
    breaks: ["I17"],
    file: "client/network/reset.ts",
    find: `    const unsaved = [...rows.queue.values()].filter(({ wasSettled }) => !wasSettled);`,
    replace: `    const unsaved = [...rows.queue.values()];`,
    why: "What was saved, and only offered again for a restore, comes back after an erase.",
  },
  {
    name: "hold-of-an-erase-not-obeyed",
    breaks: ["I17"],
    file: "client/network/take_batch.ts",
    find: `  if (rows.sync.erasedHold) return { result: batch };
`,
    replace: `  if (rows.sync.erasedHold && rows.sync.snapshot) return { result: batch };
`,
    why: "What an erase holds back is sent without asking.",
  },
  {
    name: "resume-lifts-the-hold",
    breaks: ["I17"],
    file: "client/sync_client.ts",
    find: `    if (options.sendAfterErase) await this`,
    replace: `    if (options.sendAfterErase !== undefined) await this`,
    why: "A site that goes on after a pause sends what an erase holds back.",
  },
  {
    name: "push-settled-with-a-reset",
    breaks: ["I17"],
    file: "api/ledger/exchange.ts",
    find: `  if (typeof started === "string" || !started.ok || started.standing.reset) return started;`,
    replace: `  if (typeof started === "string" || !started.ok) return started;`,
    why: "Changes with versions of a lost history are judged by them.",
  },
  {
    name: "reset-page-from-the-old-cursor",
    breaks: ["I7", "I10", "I18"],
    file: "api/ledger/exchange.ts",
    find: `  const cursor = standing.reset ? 0 : request.lastKnownServerVersion;`,
    replace: `  const cursor = Math.min(request.lastKnownServerVersion, pushed.head.version);`,
    why: "A device that has to start over is told only what is new.",
  },
  {
    name: "reset-page-meets-the-old-rows",
    breaks: ["I7", "I10", "I18"],
    file: "client/network/apply_response.ts",
    find: `  const fold = foldPage(rows, sync, batch, answer, answer.reset !== undefined, entityTypes);`,
    replace: `  const fold = foldPage(rows, sync, batch, answer, false, entityTypes);`,
    why: "The checksum of the new base takes rows away that were never in it.",
  },
  {
    name: "verdicts-of-an-ended-history-count",
    breaks: ["I3", "I17"],
    file: "client/network/apply_response.ts",
    find: `settleVerdicts(rows, ended ? [] : batch.rows, answer, { nowMs, serverTimeMs });`,
    replace: `settleVerdicts(rows, batch.rows, answer, { nowMs, serverTimeMs });`,
    why: "A change that was settled in a history which a restore has ended is in no history.",
  },
  {
    name: "only-old-changes-offered-again",
    breaks: ["I17"],
    file: "client/network/reset.ts",
    find: `    if (row.settledAtMs < reofferAfterMs || rows.queued(row.change.changeId)) continue;`,
    replace: `    if (row.settledAtMs > reofferAfterMs || rows.queued(row.change.changeId)) continue;`,
    why: "What was settled just before a restore of the server is lost.",
  },
  {
    name: "unpulled-not-offered-again",
    breaks: ["I17"],
    file: "client/network/reset.ts",
    find: `    if (row.settledAtMs < reofferAfterMs || rows.queued(row.change.changeId)) continue;`,
    replace: `    if (row.version > sync.viewCursor || rows.queued(row.change.changeId)) continue;`,
    why: "What was settled, but not yet pulled, before a restore of the server is lost.",
  },
  {
    name: "retention-by-the-device-clock",
    breaks: ["I15", "I17"],
    file: "client/network/apply_response.ts",
    find: `    const reset = planReset(rows, answer.reset, serverTimeMs - ackedRetentionMs);`,
    replace: `    const reset = planReset(rows, answer.reset, nowMs - ackedRetentionMs);`,
    why: "A device whose clock is ahead offers nothing again after a restore.",
  },
  {
    name: "settled-by-the-device-clock",
    breaks: ["I15", "I17"],
    file: "client/network/settle_verdicts.ts",
    find: `        settledAtMs: times.serverTimeMs,`,
    replace: `        settledAtMs: times.nowMs,`,
    why: "A device whose clock is behind forgets at once what it may have to offer again.",
  },
  {
    name: "offered-again-by-version",
    breaks: ["I4"],
    file: "client/network/reset.ts",
    find: `  const acked = [...rows.acked.values()]
    .sort((a, b) => (a.place ?? 0) - (b.place ?? 0) || a.version - b.version);`,
    replace: `  const acked = [...rows.acked.values()]
    .sort((a, b) => a.version - b.version);`,
    why: "A change that changed nothing has an old version, and is offered before its elders.",
  },
  {
    name: "offered-again-shown-twice",
    breaks: ["I8"],
    file: "client/network/reset.ts",
    find: `    if (version <= sync.viewCursor) again.reoffered = true;
`,
    replace: `    if (version < 0) again.reoffered = true;
`,
    why: "While a device starts over it shows its old changes over what others wrote since.",
  },
  {
    name: "queue-keeps-its-base-after-a-restore",
    breaks: ["I14"],
    file: "client/network/reset.ts",
    find: `  return { ...row, seq, change: { ...row.change, baseVersion: 0 } };`,
    replace: `  return { ...row, seq };`,
    why: "Versions of a lost history pass for having seen what the new one holds.",
  },
  {
    name: "edits-of-a-restart-claim-the-new-base",
    breaks: ["I14"],
    file: "client/network/apply_response.ts",
    find: `  if (!sync.staging) sync.viewCursor = sync.cursor;
  if`,
    replace: `  if (sync.cursor > 0) sync.viewCursor = sync.cursor;
  if`,
    why: "An edit made while the old base is shown passes for having seen the new one.",
  },
  {
    name: "settled-kept-for-a-day",
    breaks: ["I17"],
    file: "client/network/apply_response.ts",
    find: `const ackedRetentionMs = 30 * 24 * 60 * 60 * 1000;`,
    replace: `const ackedRetentionMs = 24 * 60 * 60 * 1000;`,
    why: "A restore of last week's backup loses what was saved since.",
  },
];
