/** Bugs that lose, change, hold up or let go what waits on a device. */
import type { Mutant } from "./mutant.ts";

export const queueAndQuarantineMutants: readonly Mutant[] = [
  {
    name: "ack-clears-the-whole-queue",
    breaks: ["I3"],
    file: "client/network/apply_response.ts",
    find: `  const remove: StoreKey[] = [...verdicts.remove];
`,
    replace: `  const remove: StoreKey[] = [...verdicts.remove];
  if (verdicts.settled.length > 0) remove.push(...[...rows.queue.keys()].map((seq) => rowKey.queue(seq)));
`,
    why: "What was queued while the request was under way is gone.",
  },
  {
    name: "retry-counts-as-done",
    breaks: ["I3"],
    file: "client/network/settle_verdicts.ts",
    find: `    if (!waiting || verdict.status === "retry") return;
`,
    replace: `    if (queued && verdict.status === "retry") out.remove.push(rowKey.queue(queued.seq));
    if (!waiting || verdict.status === "retry") return;
`,
    why: "What the server did not look at is taken out of the queue.",
  },
  {
    name: "retry-counts-as-given-up",
    breaks: ["I3"],
    file: "client/network/settle_verdicts.ts",
    find: `    // Another tab, or another answer, has settled it already.
`,
    replace: `    if (queued && verdict.status === "retry") {
      out.remove.push(rowKey.queue(queued.seq));
      out.put.push([rowKey.discard(changeId), { change: queued.change, discardedAt: times.nowMs }]);
    }
`,
    why: "What the server did not look at is noted as given up by a person, and is gone.",
  },
  {
    name: "edit-folded-into-a-sent-row",
    breaks: ["I1"],
    file: "client/change_queue.ts",
    find: `  const alike = !last.sent && first.type`,
    replace: `  const alike = first.type`,
    why: "An edit is folded into a change that the server has settled already.",
  },
  {
    name: "edit-folded-over-a-deletion",
    breaks: ["said"],
    file: "client/change_queue.ts",
    find: `    const last = fresh.get(key) ?? rows.queuedOf(change.entityType, change.entityId).at(-1);`,
    replace: `    const last = fresh.get(key) ??
      rows.queuedOf(change.entityType, change.entityId).findLast((row) => row.change.type === change.type);`,
    why: "An edit is folded into one from before a deletion, and goes with it.",
  },
  {
    name: "folding-forgets-removed-fields",
    breaks: ["said"],
    file: "client/change_queue.ts",
    find: `  if (unset.length > 0) change.unset = unset;
`,
    replace: `  if (first.unset && unset.length > 0) change.unset = unset;
`,
    why: "A field that a person removed right after an edit stays.",
  },
  {
    name: "folding-ignores-the-base",
    breaks: ["said", "I14"],
    file: "client/change_queue.ts",
    find: `next.type === "UPDATED" &&
    first.baseVersion === next.baseVersion && last.schemaVersion`,
    replace: `next.type === "UPDATED" &&
    last.schemaVersion`,
    why:
      "An edit is judged by what was seen when an earlier one was made: people are told of false conflicts.",
  },
  {
    name: "schema-lifts-what-was-sent",
    breaks: ["I1"],
    file: "client/network/migrate_schema.ts",
    find:
      `  if (!migrate || row.sent || row.schemaVersion >= schemaVersion) return [rowKey.queue(row.seq), row];`,
    replace: `  if (!migrate || row.schemaVersion >= schemaVersion) return [rowKey.queue(row.seq), row];`,
    why: "A change that the server may have settled becomes another one under the same id.",
  },
  {
    name: "lifted-base-forgets-the-servers",
    breaks: ["I7", "I10"],
    file: "client/network/lift_record.ts",
    find:
      `  return same ? { version, data, lifted: schemaVersion } : { version, data, raw, lifted: schemaVersion };`,
    replace:
      `  return same ? { version, data: raw, lifted: schemaVersion } : { version, data, lifted: schemaVersion };`,
    why: "Further changes are folded into what the site's migration made of a record.",
  },
  {
    name: "changes-folded-into-lifted-data",
    breaks: ["I7", "I10"],
    file: "client/network/fold_page.ts",
    find: `    const met = entity.after?.raw ?? entity.after?.data;`,
    replace: `    const met = entity.after?.data;`,
    why: "A device with the new version of a page comes to another state than the others.",
  },
  {
    name: "poison-blocks-others",
    breaks: ["I12", "I19"],
    file: "client/network/take_batch.ts",
    find: `    if (held.has(keyOf(row))) continue;
    const size`,
    replace: `    if (held.has(keyOf(row))) break;
    const size`,
    why: "One record that cannot be saved holds all others up.",
  },
  {
    name: "dependents-sent-without-their-creation",
    breaks: ["I13"],
    file: "client/held_changes.ts",
    find: `  return [...created, ...[...rows.queue.values()].filter(isFailing)];`,
    replace: `  return created.length > 64 ? created : [...rows.queue.values()].filter(isFailing);`,
    why: "Edits of a record that could not be made are sent, and refused one by one.",
  },
  {
    name: "server-fault-sets-aside",
    breaks: ["I3"],
    file: "client/network/exchange.ts",
    find: `  if (refused === "server_error") {
    await state.commit`,
    replace: `  if (refused === "server_error" && batch.rows[0]!.serverErrors === undefined) {
    await state.commit`,
    why: "A server that fails twice takes a sound change out of the queue.",
  },
  {
    name: "edits-refused-while-others-wait",
    breaks: ["api"],
    file: "client/sync_client.ts",
    find: `    // What was edited on one user's page is not another's.
`,
    replace: `    if (this.#core.session!.state.rows.queue.size > 1) {
      throw new SyncClientError("storage", "Cannot queue the change: others wait.");
    }
`,
    why: "Who works offline can make two edits, and no more.",
  },
  {
    name: "refused-batch-blames-its-first",
    breaks: ["I3"],
    file: "client/network/exchange.ts",
    find: `  if (refused && pushed > 1) return {`,
    replace:
      `  if (refused === "too_large" && pushed > 1) return await refuseLone(context, batch, refused, error);
  if (refused && pushed > 1) return {`,
    why: "A sound change is set aside because it was in one request with one that is too large.",
  },
  {
    name: "blamed-without-a-probe",
    breaks: ["I3"],
    file: "client/network/exchange.ts",
    find: `  if (refused && refused !== "server_error" && pushed === 1 && !takes) {`,
    replace: `  if (refused && refused !== "server_error" && pushed === 0 && !takes) {`,
    why: "A proxy that refuses everything has sound changes set aside one by one.",
  },
  {
    name: "give-up-without-a-record",
    breaks: ["I3"],
    file: "client/network/failed_changes.ts",
    find: `  return { ...recordDiscards(rows, discarded, remove), result: discarded };`,
    replace: `  return { remove, result: discarded };`,
    why: "Nothing tells that a person has given a change up.",
  },
  {
    name: "adopted-places-given-twice",
    breaks: ["I3", "I8"],
    file: "client/network/adopt_anonymous.ts",
    find: `    if (count > 0) put.push([rowKey.meta("queueSeq"), seq]);
`,
    replace: `    if (count > 64) put.push([rowKey.meta("queueSeq"), seq]);
`,
    why: "The next edit takes the place of an adopted one.",
  },
  {
    name: "adopted-before-copied",
    breaks: ["I3"],
    file: "client/network/adopt_anonymous.ts",
    find: `    tx.put(free.map(([key, row]): StoreRow => [key, { ...row, sent: true, claimedBy: userId }]));
`,
    replace: `    tx.delete(free.map(([key]) => key));
`,
    why: "A page that dies between the two databases loses the edits.",
  },
  {
    name: "settled-not-kept",
    breaks: ["I3", "I8", "I17"],
    file: "client/network/settle_verdicts.ts",
    find: `      out.put.push([rowKey.acked(version, changeId), acked]);
`,
    replace: `      if (effect) out.put.push([rowKey.acked(version, changeId), acked]);
`,
    why: "A settled change without effect is not offered again after a restore.",
  },
  {
    name: "replayed-ack-not-shown",
    breaks: ["I8"],
    file: "client/network/settle_verdicts.ts",
    find: `  const first = verdict.status === "duplicate" ? verdict.original : verdict.status;`,
    replace: `  const first = verdict.status;`,
    why: "An edit whose first answer was lost disappears until it is pulled.",
  },
  {
    name: "merged-ack-not-shown",
    breaks: ["I8"],
    file: "client/network/settle_verdicts.ts",
    find:
      `  return first === "applied" || first === "merged" || (first === "conflict" && winner === "yours");`,
    replace: `  return first === "applied" || (first === "conflict" && winner === "yours");`,
    why: "A merged edit disappears until the cursor passes it.",
  },
];
