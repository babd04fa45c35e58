/** Bugs in who wins, and in whether anybody hears of it. */
import type { Mutant } from "./mutant.ts";

export const orderAndConflictMutants: readonly Mutant[] = [
  {
    name: "base-version-ignored",
    breaks: ["model"],
    file: "api/ledger/settle.ts",
    find: `  const asked = change.baseVersion ?? context.cursor;`,
    replace: `  const asked = context.cursor;`,
    why: "An edit made long ago overwrites what was pulled since, and nobody is told.",
  },
  {
    name: "own-device-counts-as-another",
    breaks: ["model"],
    file: "api/ledger/resolve.ts",
    find: `  return version > input.base && !(deviceId !== null && deviceId === input.deviceId) &&
    !input.ownVersions.has(version);`,
    replace: `  return version > input.base && !input.ownVersions.has(version);`,
    why: "People get conflicts with themselves.",
  },
  {
    name: "equal-values-conflict",
    breaks: ["model"],
    file: "api/ledger/resolve.ts",
    find: `    if (!stamp || !isUnseen(input, stamp) || sameSide(entity.data, data, name)) continue;`,
    replace: `    if (!stamp || !isUnseen(input, stamp)) continue;`,
    why: "Two people who write the same value are told that they disagree.",
  },
  {
    name: "deletion-hides-what-it-removed",
    breaks: ["model"],
    file: "api/ledger/resolve.ts",
    find: `  if (newest === null) return take(input, "applied", "deleted", effect);
  const unseen`,
    replace:
      `  if (newest === null || entity.fieldStamps.size > 0) return take(input, "applied", "deleted", effect);
  const unseen`,
    why: "A deletion takes other people's unseen work with it and tells nobody.",
  },
  {
    name: "second-creation-replaces-the-first",
    breaks: ["model"],
    file: "api/ledger/resolve.ts",
    find: `  return joinExisting(input, entity, data, newest);`,
    replace: `  return take(input, "merged", "created", { type: "CREATED", data });`,
    why: "Two devices that make the same record overwrite each other.",
  },
  {
    name: "removed-field-leaves-no-stamp",
    breaks: ["model"],
    file: "api/ledger/entity_state.ts",
    find: `  const written = [...Object.keys(effect.data ?? {}), ...(effect.unset ?? [])];`,
    replace: `  const written = Object.keys(effect.data ?? {});`,
    why: "A field that somebody removed comes back without a conflict.",
  },
  {
    name: "replacement-drops-fields-unseen",
    breaks: ["model"],
    file: "api/ledger/entity_state.ts",
    find: `  if (effect.type === "CREATED" && before) written.push(...Object.keys(before.data));`,
    replace: `  if (effect.type !== "UPDATED" && !before) written.push(...Object.keys(effect.data ?? {}));`,
    why: "Fields that a replacement dropped are not known as written.",
  },
  {
    name: "dependent-judged-on-its-own",
    breaks: ["I13"],
    file: "api/ledger/settle.ts",
    find: `    dependsOnRejected: working.memory.rejectedKeys.has(key),`,
    replace: `    dependsOnRejected: working.memory.rejectedKeys.has(key) && entity !== null,`,
    why: "An edit of a record that could not be made is called unknown, and is not recovered with it.",
  },
  {
    name: "own-changes-last",
    breaks: ["I7", "I10"],
    file: "client/network/fold_page.ts",
    find: `    ...own.filter(({ change }) => !pulled.has(change.version)),
  ].sort((a, b) => a.change.version - b.change.version);`,
    replace: `    ...own.filter(({ change }) => !pulled.has(change.version)),
  ];`,
    why: "An own change that another device overwrote within the same exchange wins on this device.",
  },
  {
    name: "newest-edits-first",
    breaks: ["I4", "I19"],
    file: "client/network/take_batch.ts",
    find: `  for (const row of rows.queue.values()) {
    if (row.seq > seqMax) break;`,
    replace: `  for (const row of [...rows.queue.values()].reverse()) {
    if (row.seq > seqMax) continue;`,
    why: "Edits of a record reach the server against the order in which they were made.",
  },
  {
    name: "retried-change-at-the-end-of-the-map",
    breaks: ["I4"],
    file: "client/device_rows.ts",
    find: `    else if (isNew) {
      this.queue`,
    replace: `    else if (isNew && this.queue.size > 64) {
      this.queue`,
    why: "A creation that is retried leaves after the edits that need it.",
  },
  {
    name: "retried-creation-loses-its-place",
    breaks: ["I4", "I13", "I19"],
    file: "client/network/failed_changes.ts",
    find: `  const keepsPlace = group[0] === waiting || creation || group[0]!.change.type === "CREATED";`,
    replace: `  const keepsPlace = group[0] === waiting || creation;`,
    why: "A creation that is retried goes behind the edits that wait for it.",
  },
];
