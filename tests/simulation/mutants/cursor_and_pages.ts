/** Bugs in what a page delivers, and in where the cursor stands after it. */
import type { Mutant } from "./mutant.ts";

export const cursorAndPageMutants: readonly Mutant[] = [
  {
    name: "stale-answer-moves-the-cursor",
    breaks: ["I6", "I7", "I10"],
    file: "client/network/apply_response.ts",
    find:
      `  return sync.epoch === from.epoch && sync.cursor === from.cursor && sync.snapshot === from.snapshot &&`,
    replace: `  return sync.epoch === from.epoch && sync.snapshot === from.snapshot &&`,
    why: "An answer that was overtaken by another tab's moves the device back.",
  },
  {
    name: "cursor-jumps-to-the-head",
    breaks: ["I7", "I10", "I18"],
    file: "client/network/apply_response.ts",
    find: `    cursor: answer.latestServerVersion,
    snapshot`,
    replace: `    cursor: answer.serverVersion,
    snapshot`,
    why: "What lies behind the first page is never asked for.",
  },
  {
    name: "snapshot-flag-not-sent",
    breaks: ["I7", "I10", "I18"],
    file: "client/network/exchange.ts",
    find: `    ...(from.snapshot ? { snapshot: true } : {}),`,
    // The cursor says where to go on.
    replace: `    ...(from.snapshot ? {} : {}),`,
    why: "A compacted pull goes on with deltas, of entities that were left out for being newer.",
  },
  {
    name: "full-page-passes-a-change",
    breaks: ["I7", "I9", "I10"],
    file: "api/ledger/page.ts",
    find: `  const record = query.leaveOut.has(row.version) ? null : deltaRecord(row);
`,
    replace: `  filling.latest = row.version;
  const record = query.leaveOut.has(row.version) ? null : deltaRecord(row);
`,
    why: "The change that did not fit a page is counted as delivered.",
  },
  {
    name: "head-read-before-the-listing-only",
    breaks: ["I9", "I10", "I18"],
    file: "api/ledger/page.ts",
    find: `  const more = latest < now.version;
  return { newChanges, latest, serverVersion: now.version, hasMore: more, snapshot: more };`,
    replace: `  const more = latest < head.version;
  return { newChanges, latest, serverVersion: head.version, hasMore: more, snapshot: more };`,
    why: "An entity that moves on while a compacted page is read is in none.",
  },
  {
    name: "compacted-page-takes-what-is-newer",
    breaks: ["I9", "I10", "I18"],
    file: "api/ledger/page.ts",
    find: `    if (entity && entity.version === entry.version) {`,
    replace: `    if (entity && entity.version >= entry.version) {`,
    why: "A page holds a version beyond its own cursor.",
  },
  {
    name: "tombstones-not-compacted",
    breaks: ["I10", "I18"],
    file: "api/ledger/page.ts",
    find: `      if (!(cursor === 0 && entry.deleted)) {`,
    replace: `      if (!entry.deleted) {`,
    why: "A device that was away for longer than the log is kept goes on showing what was deleted.",
  },
  {
    name: "own-conflicts-left-out",
    breaks: ["I7", "I10"],
    file: "api/ledger/exchange.ts",
    find:
      `  const own = pushed.rows.filter(({ status }) => status !== "conflict").map(({ version }) => version);`,
    replace: `  const own = pushed.rows.map(({ version }) => version);`,
    why: "Nobody tells the author what a partly applied change has done.",
  },
  {
    name: "own-merged-not-folded",
    breaks: ["I7", "I10"],
    file: "client/network/fold_page.ts",
    find:
      `    if ((status !== "applied" && status !== "merged") || version! > answer.latestServerVersion) return;`,
    replace: `    if (status !== "applied" || version! > answer.latestServerVersion) return;`,
    why: "A merged change is left out of the answer and of the base.",
  },
  {
    name: "own-change-folded-above-the-cursor",
    breaks: ["I7", "I10"],
    file: "client/network/fold_page.ts",
    find:
      `    if ((status !== "applied" && status !== "merged") || version! > answer.latestServerVersion) return;`,
    replace: `    if (status !== "applied" && status !== "merged") return;`,
    why: "An own change is in the base before the earlier ones of others are, which then lie over it.",
  },
  {
    name: "partial-creation-delivered-whole",
    breaks: ["I7", "I10"],
    file: "api/ledger/wire.ts",
    find: `  return row.effect === "created" ? "CREATED" : row.effect === "deleted" ? "DELETED" : "UPDATED";`,
    replace: `  return row.effect === "deleted" ? "DELETED" : row.type;`,
    why: "A CREATED that only added fields replaces the whole entity on other devices.",
  },
  {
    name: "fields-delivered-that-lost",
    breaks: ["I7", "I10"],
    file: "api/ledger/wire.ts",
    find: `  return row.took ? Object.fromEntries(row.took.map((name) => [name, data[name]])) : data;`,
    replace: `  return { ...data };`,
    why: "Values that lost on the server win on every other device.",
  },
  {
    name: "checksum-keeps-the-old-term",
    breaks: ["I10"],
    file: "api/ledger/settle.ts",
    find: `  const without = before ? removeTerm(head.checksum, before.checksumTerm) : head.checksum;`,
    replace:
      `  const without = before?.deleted ? removeTerm(head.checksum, before.checksumTerm) : head.checksum;`,
    why: "Every device finds its sound copy to differ and loads everything again.",
  },
  {
    name: "trimmed-rows-skipped",
    breaks: ["I7", "I9", "I10"],
    file: "api/ledger/page.ts",
    find: `      if (row.version !== filling.latest + 1) return "restart";`,
    replace: `      if (row.version <= filling.latest) return "restart";`,
    why: "Rows that are trimmed while a page is read are passed as if they had been delivered.",
  },
];
