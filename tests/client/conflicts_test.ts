import { assertEquals } from "@std/assert";
import type { Conflict, JsonObject, PulledChange, PulledConflict } from "../../shared/mod.ts";
import { ownConflictRow, pulledConflictRow, remainingConflicts } from "../../client/network/conflicts.ts";
import type { PageEffect } from "../../client/network/fold_page.ts";
import type { ConflictRow } from "../../client/rows.ts";
import { deviceId, makeRows, otherDevice, queued, serverTime, uuid } from "./world/make_rows.ts";

const nowMs = 42;

function own(more: Partial<Conflict> = {}): Conflict {
  return {
    changeId: uuid(1),
    reason: "same_field",
    entityType: "goal",
    entityId: "g1",
    version: 7,
    winner: "yours",
    fields: [{ name: "a", yours: 1, theirs: 2 }],
    theirs: { changeId: uuid(2), deviceId: otherDevice, version: 6, createdAt: serverTime },
    ...more,
  };
}

function pulled(conflict: Partial<PulledConflict> | null, more: Partial<PulledChange> = {}): PulledChange {
  return {
    changeId: uuid(9),
    type: "UPDATED",
    entityType: "goal",
    entityId: "g1",
    data: { a: 2 },
    timestamp: 1,
    version: 8,
    createdAt: serverTime,
    deviceId: otherDevice,
    ...(conflict === null ? {} : {
      conflict: {
        reason: "same_field",
        fields: [{ name: "a", kept: 2, lost: 1 }],
        lostDeviceId: deviceId,
        ...conflict,
      },
    }),
    ...more,
  };
}

const sent = queued(1, { data: { a: 1 } });

Deno.test("a conflict of our own change has both sides, the fields before the edit, and who stands", () => {
  const rows = makeRows({ queue: [sent], base: { g1: { version: 5, data: { a: 0, b: 0 } } } });
  assertEquals(ownConflictRow(rows, [sent], own(), nowMs), {
    id: uuid(1),
    mineChangeId: uuid(1),
    entityType: "goal",
    entityId: "g1",
    reason: "same_field",
    version: 7,
    winner: "mine",
    fields: [{ name: "a", mine: 1, theirs: 2 }],
    base: { a: 0 },
    theirs: own().theirs,
    noticedAt: nowMs,
  } as ConflictRow);
});

Deno.test("a side that was removed is left out, and null stays a value", () => {
  const rows = makeRows({ queue: [sent] });
  const fields = [{ name: "a", yours: null }, { name: "b", theirs: null }];
  assertEquals(ownConflictRow(rows, [sent], own({ fields }), nowMs)!.fields, [
    { name: "a", mine: null },
    { name: "b", theirs: null },
  ]);
});

Deno.test("after a deletion elsewhere the whole entity is kept, to put it back", () => {
  const rows = makeRows({ queue: [sent], base: { g1: { version: 5, data: { a: 0, b: 0 } } } });
  const conflict = own({ reason: "deleted_on_server", winner: "theirs", fields: [{ name: "a", yours: 1 }] });
  assertEquals(ownConflictRow(rows, [sent], conflict, nowMs)!.base, { a: 0, b: 0 });
});

Deno.test("a field that our edit removed is part of what a deletion elsewhere took, even if it is all of it", () => {
  const edit = queued(1, { data: { a: 1 }, unset: ["b", "never"] });
  const base = { g1: { version: 5, data: { a: 0, b: 0 } } };
  const lost = (fields: Conflict["fields"], rows = makeRows({ queue: [edit], base })) => {
    const conflict = own({ reason: "deleted_on_server", winner: "theirs", ...(fields ? { fields } : {}) });
    if (!fields) delete conflict.fields;
    return ownConflictRow(rows, [edit], conflict, nowMs)?.fields;
  };
  assertEquals(lost([{ name: "a", yours: 1 }]), [{ name: "a", mine: 1 }, { name: "b" }]);
  assertEquals(lost([]), [{ name: "b" }], "an edit that only removes");
  assertEquals(lost(undefined), [{ name: "a", mine: 1 }, { name: "b" }], "truncated");
  assertEquals(lost([{ name: "b", theirs: 2 }]), [{ name: "b", theirs: 2 }], "it lives again");
  assertEquals(lost([], makeRows({ queue: [edit] })), undefined, "nothing that could be put back");
});

Deno.test("a conflict that was told before, or that offers no choice, opens nothing", () => {
  const waiting = makeRows({ queue: [sent] });
  assertEquals(ownConflictRow(waiting, [], own(), nowMs), null, "not a change of this request");
  assertEquals(ownConflictRow(makeRows(), [sent], own(), nowMs), null, "settled before: a replay");
  assertEquals(ownConflictRow(waiting, [sent], own({ fields: [] }), nowMs), null, "nothing differs");
  const open = ownConflictRow(waiting, [sent], own(), nowMs)!;
  waiting.set(["conflict", open.id], open);
  assertEquals(ownConflictRow(waiting, [sent], own(), nowMs), null, "open already");
});

Deno.test("a truncated conflict says that the other side's values are missing", () => {
  const rows = makeRows({ queue: [sent] });
  const { fields: _fields, ...short } = own({ truncated: true });
  const row = ownConflictRow(rows, [sent], short, nowMs)!;
  assertEquals(row.fields, [{ name: "a", mine: 1 }]);
  assertEquals(row.truncated, true);
});

const lost = (change: PulledChange, removed?: JsonObject) =>
  pulledConflictRow(makeRows(), { change, own: false, ...(removed ? { removed } : {}) }, deviceId, nowMs);

Deno.test("a pulled deletion of what this device had edited keeps the record as it was", () => {
  const change = pulled({ reason: "updated_on_server", fields: [{ name: "a", lost: 1 }] }, {
    type: "DELETED",
  });
  assertEquals(lost(change, { a: 1, b: 2 })?.base, { a: 1, b: 2 });
});

Deno.test("a pulled overwrite opens a conflict only on the device whose value lost", () => {
  assertEquals(lost(pulled({})), {
    id: uuid(9),
    entityType: "goal",
    entityId: "g1",
    reason: "same_field",
    version: 8,
    winner: "theirs",
    fields: [{ name: "a", mine: 1, theirs: 2 }],
    theirs: { changeId: uuid(9), deviceId: otherDevice, version: 8, createdAt: serverTime },
    noticedAt: nowMs,
  } as ConflictRow);
  const third = uuid(0xcc);
  assertEquals(lost(pulled({ lostDeviceId: third })), null);
  const { lostDeviceId: _nobody, ...unnamed } = pulled({}).conflict!;
  assertEquals(lost({ ...pulled(null), conflict: unnamed }), null);
  assertEquals(lost(pulled(null)), null);
  assertEquals(lost(pulled({}, { deviceId })), null, "our own change");
});

Deno.test("a conflict closes on a later conflict-free write of its fields, or a deletion, and on nothing else", () => {
  const open = lost(pulled({}))!;
  // A page with an UPDATED is no compacted one.
  const other = pulled(null, { version: 8, changeId: uuid(8), entityId: "g3" });
  const closes = (change: PulledChange) =>
    remainingConflicts([open], [other, change].map((change) => ({ change, own: false }))).get(open.id) ===
      null;
  const later = { version: 9, changeId: uuid(10) };
  assertEquals(closes(pulled(null, { ...later, data: { a: 3 } })), true);
  assertEquals(closes(pulled(null, { ...later, data: {}, unset: ["a"] })), true);
  assertEquals(closes(pulled(null, { ...later, type: "DELETED" })), true);
  assertEquals(closes(pulled(null, { ...later, type: "CREATED" })), true);
  assertEquals(closes(pulled(null, { ...later, data: { b: 3 } })), false, "another field");
  assertEquals(closes(pulled({}, later)), false, "itself a conflict");
  assertEquals(closes(pulled(null, { ...later, entityId: "g2" })), false, "another entity");
  assertEquals(closes(pulled(null, { ...later, entityType: "entry" })), false, "another type");
  assertEquals(closes(pulled(null, { data: { a: 3 } })), false, "not later");
});

Deno.test("a compacted record closes a conflict only if its fields were written: it carries untouched ones too", () => {
  const open = lost(pulled({}))!;
  const closes = (data: PulledChange["data"], type: PulledChange["type"] = "CREATED") => {
    const { data: _data, ...rest } = pulled(null, { version: 12, changeId: uuid(12), type });
    const change = data ? { ...rest, data } : rest;
    return remainingConflicts([open], [{ change, own: false }]).get(open.id) === null;
  };
  assertEquals(closes({ a: 2, b: "new" }), false, "theirs still stands: another field moved the entity on");
  assertEquals(closes({ a: 3 }), true, "written again");
  assertEquals(closes({ b: 1 }), true, "removed");
  assertEquals(closes(undefined, "DELETED"), true);
});

Deno.test("a record that only a log can tell, or that this device has written itself, closes what it names", () => {
  const open = lost(pulled({}))!;
  const change = pulled(null, { version: 12, changeId: uuid(12), type: "CREATED" });
  const also = pulled({ lostDeviceId: otherDevice }, { version: 11, entityId: "g2", type: "DELETED" });
  const left = (effects: PageEffect[]) => remainingConflicts([open], effects).get(open.id);
  assertEquals(left([{ change, own: true }]), null, "our own");
  assertEquals(
    left([{ change: also, own: false }, { change, own: false }]),
    null,
    "only a log tells conflicts",
  );
  assertEquals(
    left([{ change: { ...also, type: "UPDATED" }, own: true }, { change, own: false }]),
    undefined,
  );
});

Deno.test("of a conflict over several fields those that were written again leave it, and it closes with the last", () => {
  const fields = [{ name: "a", kept: 2, lost: 1 }, { name: "b", kept: 5, lost: 4 }];
  const open = lost(pulled({ fields }))!;
  const write = (n: number, data: JsonObject) => ({
    change: pulled(null, { version: n, changeId: uuid(n), data }),
    own: false,
  });
  const left = remainingConflicts([open], [write(9, { b: 6 })]).get(open.id);
  assertEquals(left?.fields.map(({ name }) => name), ["a"]);
  assertEquals(
    remainingConflicts([open], [write(9, { b: 6 }), write(10, { a: 7 })]).get(open.id),
    null,
  );
  assertEquals(remainingConflicts([open], [write(9, { c: 6 })]).has(open.id), false);
  const record = pulled(null, { version: 12, changeId: uuid(12), type: "CREATED", data: { a: 2, b: 6 } });
  const pulledWhole = remainingConflicts([open], [{ change: record, own: false }]).get(open.id);
  assertEquals(pulledWhole?.fields.map(({ name }) => name), ["a"], "a still stands as it was noticed");
});
