import { assert, assertEquals } from "@std/assert";
import type { ChangeIntent, JsonObject } from "../../shared/mod.ts";
import type { DeviceRows } from "../../client/device_rows.ts";
import { planResolve } from "../../client/network/resolve_conflict.ts";
import type { ConflictRow } from "../../client/rows.ts";
import { makeRows, perform, queued, serverTime, uuid } from "./world/make_rows.ts";

const theirs = { changeId: uuid(2), version: 6, createdAt: serverTime };

function conflict(more: Partial<ConflictRow> = {}): ConflictRow {
  return {
    id: "c1",
    entityType: "goal",
    entityId: "g1",
    reason: "same_field",
    version: 7,
    winner: "mine",
    fields: [{ name: "a", mine: 1, theirs: 2 }],
    theirs,
    noticedAt: 0,
    ...more,
  };
}

/** Rows with one open conflict; the entity lives with `data` unless that is null. */
function open(row: ConflictRow, data: JsonObject | null = { a: 1, b: 0 }, version = 7): DeviceRows {
  return makeRows({
    sync: { epoch: "e1", cursor: 9, viewCursor: 9 },
    ...(data ? { base: { g1: { version, data } } } : {}),
    more: [[["conflict", row.id], row]],
  });
}

function resolve(rows: DeviceRows, choice: "mine" | "theirs" | JsonObject, id = "c1") {
  return perform(rows, planResolve(rows, id, choice, { changeId: uuid(77), timestamp: 5 }, () => 3));
}

/** What a choice queues, in short; null if nothing. */
function queues(row: ConflictRow, choice: "mine" | "theirs" | JsonObject, live?: JsonObject | null) {
  const rows = open(row, live);
  assertEquals(resolve(rows, choice), { ok: true });
  assertEquals(rows.conflict.size, 0, "the conflict is settled");
  const [queuedRow] = rows.queue.values();
  if (!queuedRow) return null;
  assertEquals([queuedRow.change.baseVersion, queuedRow.schemaVersion], [9, 3]);
  const { type, data, unset } = queuedRow.change;
  return { type, ...(data ? { data } : {}), ...(unset ? { unset } : {}) };
}

for (
  const [reason, winner] of [["same_field", "mine"], ["same_field", "theirs"], [
    "already_exists",
    "theirs",
  ]] as const
) {
  Deno.test(`${reason}, ${winner} stands: the chosen side is written, even if it stands already`, () => {
    const row = conflict({ reason, winner });
    assertEquals(queues(row, "mine"), { type: "UPDATED", data: { a: 1 } });
    assertEquals(queues(row, "theirs"), { type: "UPDATED", data: { a: 2 } });
    assertEquals(queues(row, { a: 3, extra: null }), { type: "UPDATED", data: { a: 3, extra: null } });
    assertEquals(queues(row, {}), null, "no field chosen: nothing to write");
  });
}

Deno.test("choosing a side that has removed a field removes it; one that never was needs nothing", () => {
  const row = conflict({ fields: [{ name: "a", mine: 1 }, { name: "b", theirs: 2 }] });
  assertEquals(queues(row, "theirs", { a: 1, b: 0 }), { type: "UPDATED", data: { b: 2 }, unset: ["a"] });
  assertEquals(queues(row, "mine", { a: 1 }), { type: "UPDATED", data: { a: 1 } });
  assertEquals(queues(conflict({ fields: [{ name: "a", mine: 1 }] }), "theirs", { b: 1 }), null);
});

Deno.test("deleted elsewhere: mine brings the whole entity back, theirs leaves it deleted", () => {
  const row = conflict({
    reason: "deleted_on_server",
    winner: "theirs",
    fields: [{ name: "a", mine: 1 }],
    base: { a: 0, b: 0 },
  });
  assertEquals(queues(row, "mine", null), { type: "CREATED", data: { a: 1, b: 0 } });
  assertEquals(queues(row, "theirs", null), null);
  assertEquals(queues(row, { a: 5 }, null), { type: "CREATED", data: { a: 5, b: 0 } });
});

Deno.test("deleted elsewhere: a field that mine had removed does not come back with the entity", () => {
  const row = conflict({
    reason: "deleted_on_server",
    winner: "theirs",
    fields: [{ name: "a", mine: 1 }, { name: "b" }],
    base: { a: 0, b: 0, c: 0 },
  });
  assertEquals(queues(row, "mine", null), { type: "CREATED", data: { a: 1, c: 0 } });
  assertEquals(queues(row, { a: 5 }, null), { type: "CREATED", data: { a: 5, c: 0 } });
  assertEquals(queues(row, { b: 5 }, null), { type: "CREATED", data: { a: 0, b: 5, c: 0 } });
});

Deno.test("deleted here: the fields of theirs come back, also those that mine never had", () => {
  const row = conflict({
    reason: "updated_on_server",
    fields: [{ name: "a", theirs: 2 }, { name: "b", theirs: 2 }],
    theirs: { ...theirs, data: { a: 2, b: 2 } },
  });
  assertEquals(queues(row, { a: 3 }, null), { type: "CREATED", data: { a: 3, b: 2 } });
});

Deno.test("deleted here although it was edited there: theirs brings it back, mine leaves it deleted", () => {
  const row = conflict({
    reason: "updated_on_server",
    fields: [{ name: "a", theirs: 2 }],
    theirs: { ...theirs, data: { a: 2, b: 2 } },
  });
  assertEquals(queues(row, "theirs", null), { type: "CREATED", data: { a: 2, b: 2 } });
  assertEquals(queues(row, "mine", null), null);
  assertEquals(queues(row, { b: 9 }, null), { type: "CREATED", data: { a: 2, b: 9 } });
});

Deno.test("deleted there over an edit of ours: mine brings the whole record back, theirs leaves it deleted", () => {
  const row = conflict({
    reason: "updated_on_server",
    winner: "theirs",
    fields: [{ name: "a", mine: 1 }],
    base: { a: 1, b: 0 },
  });
  assertEquals(queues(row, "mine", null), { type: "CREATED", data: { a: 1, b: 0 } });
  assertEquals(queues(row, "theirs", null), null);
  assertEquals(queues(row, { a: 5, b: undefined }, null), { type: "CREATED", data: { a: 5 } });
});

Deno.test("of fields given, one that is undefined is removed, if it is there", () => {
  const row = conflict({ fields: [{ name: "a", mine: 1, theirs: 2 }, { name: "b", mine: 1 }] });
  assertEquals(queues(row, { a: 2, b: undefined, c: undefined }, { a: 1, b: 1 }), {
    type: "UPDATED",
    data: { a: 2 },
    unset: ["b"],
  });
});

Deno.test("a conflict that is gone cannot be resolved", () => {
  const outcome = resolve(open(conflict()), "mine", "other");
  assert(!outcome.ok);
  assertEquals(outcome.code, "not_found");
});

Deno.test("a choice that the server would refuse is refused here, and the conflict stays", () => {
  const rows = open(conflict());
  const outcome = resolve(rows, { a: 2 ** 60 });
  assert(!outcome.ok);
  assertEquals(outcome.code, "number_out_of_range");
  assertEquals([rows.conflict.size, rows.queue.size], [1, 0]);
});

Deno.test("an entity that moved on, here or there, is shown once more before anything is written", () => {
  const moved: [string, DeviceRows][] = [
    ["another device wrote it", open(conflict(), { a: 1, b: 5 }, 8)],
    ["it lives again", open(conflict({ reason: "deleted_on_server" }))],
  ];
  const edits = {
    changed: { data: { a: 9 } },
    emptied: { data: { n: 1 }, unset: ["a"] },
    replaced: { type: "CREATED" },
  };
  for (const [what, edit] of Object.entries(edits)) {
    const edited = open(conflict());
    edited.set(["queue", 1], queued(1, edit as Partial<ChangeIntent>));
    moved.push([`it was ${what} here`, edited]);
  }
  const gone = open(conflict({ reason: "deleted_on_server", winner: "theirs" }), null);
  gone.set(["queue", 1], queued(1));
  moved.push(["an edit waits of what was deleted", gone]);
  for (const [what, rows] of moved) {
    const outcome = resolve(rows, "theirs");
    assert(!outcome.ok, what);
    assertEquals(outcome.code, "changed_again", what);
    assertEquals(rows.conflict.size, 1, what);
  }
});

Deno.test("an edit that waits of another field does not keep a conflict from being settled", () => {
  const rows = open(conflict());
  rows.set(["meta", "queueSeq"], 1);
  rows.set(["queue", 1], queued(1, { data: { b: 5 }, unset: ["c"] }, { sent: true }));
  assertEquals(resolve(rows, "theirs"), { ok: true });
  assertEquals([...rows.queue.values()].map(({ change }) => change.data), [{ b: 5 }, { a: 2 }]);
});

Deno.test("after `changed_again` the conflict shows what stands now, and can be settled", () => {
  const rows = open(conflict(), { a: 4, b: 5 }, 8);
  assertEquals(resolve(rows, "theirs").ok, false);
  const [row] = rows.conflict.values();
  assertEquals(row!.fields, [{ name: "a", mine: 4, theirs: 2 }]);
  assertEquals(resolve(rows, "theirs"), { ok: true });
  assertEquals([...rows.queue.values()].map(({ change }) => change.data), [{ a: 2 }]);
});

Deno.test("a conflict that a deletion or a restoration has settled goes away when it is touched", () => {
  for (const rows of [open(conflict(), null), open(conflict({ reason: "updated_on_server" }))]) {
    const outcome = resolve(rows, "theirs");
    assert(!outcome.ok);
    assertEquals(outcome.code, "not_found");
    assertEquals([rows.conflict.size, rows.queue.size], [0, 0]);
  }
});

Deno.test("deleted and restored elsewhere before our edit came: after a look the edit can be written", () => {
  const row = conflict({ reason: "deleted_on_server", winner: "theirs", fields: [{ name: "a", mine: 1 }] });
  const rows = open(row, { a: 8, b: 0 });
  assertEquals(resolve(rows, "mine").ok, false);
  const [again] = rows.conflict.values();
  assertEquals([again!.reason, again!.winner, again!.fields], ["same_field", "theirs", [{
    name: "a",
    mine: 1,
    theirs: 8,
  }]]);
  assertEquals(resolve(rows, "mine"), { ok: true });
  assertEquals([...rows.queue.values()].map(({ change }) => [change.type, change.data]), [["UPDATED", {
    a: 1,
  }]]);
});

Deno.test("of a truncated conflict the side that stands can be kept; the other's values are not invented", () => {
  const mine = [{ name: "a", mine: 1 }];
  const yours = conflict({ truncated: true, fields: mine });
  const refused = resolve(open(yours), "theirs");
  assert(!refused.ok);
  assertEquals(refused.code, "not_found");
  assertEquals(queues(yours, "mine"), { type: "UPDATED", data: { a: 1 } });
  const other = conflict({ truncated: true, fields: mine, winner: "theirs", reason: "already_exists" });
  assertEquals(queues(other, "theirs", { a: 2 }), { type: "UPDATED", data: { a: 2 } });
  assertEquals(queues(other, "mine", { a: 2 }), { type: "UPDATED", data: { a: 1 } });
});

Deno.test("a choice that is neither a side nor fields is refused: nothing is removed by mistake", () => {
  for (const choice of ["yours", "", null, undefined, 5, [1]]) {
    for (const row of [conflict(), conflict({ reason: "deleted_on_server", winner: "theirs" })]) {
      const rows = open(row, row.reason === "same_field" ? { a: 1 } : null);
      const outcome = resolve(rows, choice as "mine");
      assertEquals(outcome.ok ? null : outcome.code, "invalid_change");
      assertEquals([rows.conflict.size, rows.queue.size], [1, 0]);
    }
  }
});

Deno.test("the fields of a choice are copied as JSON: the site's own objects stay its own", () => {
  const rows = open(conflict());
  const a = { list: [new Date(0)] };
  assertEquals(resolve(rows, { a }), { ok: true });
  a.list.push(new Date(1));
  const [row] = rows.queue.values();
  assertEquals(row!.change.data, { a: { list: ["1970-01-01T00:00:00.000Z"] } });
  const circular: JsonObject = {};
  circular.self = circular;
  const outcome = resolve(open(conflict()), { a: circular });
  assertEquals(outcome.ok ? null : outcome.code, "invalid_change");
});
