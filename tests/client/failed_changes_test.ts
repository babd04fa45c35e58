import { assert, assertEquals } from "@std/assert";
import { failedCount, heldEntities } from "../../client/held_changes.ts";
import {
  failedChanges,
  planDiscard,
  planDiscardAll,
  planRetry,
} from "../../client/network/failed_changes.ts";
import type { DeviceRows } from "../../client/device_rows.ts";
import { entityKey } from "../../client/rows.ts";
import { makeRows, perform, quarantined, queued, uuid } from "./world/make_rows.ts";

const edit = { changeId: uuid(50), timestamp: 99, data: { a: "short enough" } };
const other = { entityId: "g2" };
const queueIds = (rows: DeviceRows) => [...rows.queue.values()].map(({ change }) => change.changeId);

/** A rejected CREATED with a rejected and a held dependent, and strangers before and after. */
function family(): DeviceRows {
  return makeRows({
    quarantine: [
      quarantined(2, { type: "CREATED" }),
      quarantined(3, {}, { code: "dependency_rejected", dependsOn: uuid(2) }),
    ],
    queue: [queued(1, other), queued(4), queued(5, other)],
  });
}

Deno.test("a rejected CREATED is listed with everything that waits for it, and what waits says for whom", () => {
  const rows = family();
  assertEquals(
    failedChanges(rows).map(({ changeId, code, dependsOn }) => [changeId, code, dependsOn ?? null]),
    [
      [uuid(2), "invalid_data", null],
      [uuid(4), "dependency_rejected", uuid(2)],
      [uuid(3), "dependency_rejected", uuid(2)],
    ],
  );
  assertEquals(failedCount(rows), 3);
  assertEquals([...heldEntities(rows)], [entityKey("goal", "g1")]);
});

Deno.test("a rejected update or deletion holds nothing", () => {
  const rows = makeRows({
    quarantine: [quarantined(1), quarantined(2, { type: "DELETED" })],
    queue: [queued(3)],
  });
  assertEquals(heldEntities(rows).size, 0);
  assertEquals([failedCount(rows), failedChanges(rows).length], [2, 2]);
});

Deno.test("a change that the server fails on counts as failed, holds its entity, and says so", () => {
  const rows = makeRows({ queue: [queued(1, {}, { serverErrors: 5 }), queued(2), queued(3, other)] });
  assertEquals(
    failedChanges(rows).map(({ changeId, code, dependsOn }) => [changeId, code, dependsOn ?? null]),
    [[uuid(1), "server_error", null], [uuid(2), "dependency_rejected", uuid(1)]],
  );
  assertEquals(failedCount(rows), 2);
  assertEquals([...heldEntities(rows)], [entityKey("goal", "g1")]);
});

Deno.test("retrying a CREATED puts it and its dependents back into their places, before later edits", () => {
  const rows = family();
  assertEquals(perform(rows, planRetry(rows, uuid(2))), { ok: true });
  assertEquals(queueIds(rows), [1, 2, 3, 4, 5].map(uuid));
  assertEquals(rows.quarantine.size, 0);
  assert([...rows.queue.values()].slice(1, 3).every(({ sent }) => sent), "sent stays sent");
});

Deno.test("retrying a change that is not a CREATED puts it last: later edits may be settled already", () => {
  const rows = makeRows({ quarantine: [quarantined(1)], queue: [queued(2, other)] });
  perform(rows, planRetry(rows, uuid(1)));
  assertEquals(queueIds(rows), [uuid(2), uuid(1)]);
  assertEquals(rows.queueSeq, 3);
});

Deno.test("a rejected dependent that is retried goes with its CREATED, or with other data in its old place", () => {
  for (const more of [undefined, edit]) {
    const rows = makeRows({
      quarantine: [2, 3, 4].map((n) => quarantined(n, { type: n === 2 ? "CREATED" : "UPDATED" })),
    });
    assertEquals(perform(rows, planRetry(rows, uuid(3), more)), { ok: true });
    if (more) assertEquals([queueIds(rows), failedCount(rows)], [[uuid(50)], 3], "it waits as before");
    perform(rows, planRetry(rows, uuid(2)));
    assertEquals(queueIds(rows), [2, more ? 50 : 3, 4].map(uuid), "the order it was edited in");
  }
});

Deno.test("what waits behind two blockers is named and counted once", () => {
  const rows = makeRows({
    quarantine: [quarantined(1, { type: "CREATED" })],
    queue: [queued(2, {}, { serverErrors: 5 }), queued(3)],
  });
  assertEquals(
    failedChanges(rows).map(({ changeId, dependsOn }) => [changeId, dependsOn ?? null]),
    [[uuid(1), null], [uuid(3), uuid(1)], [uuid(2), null]],
  );
  assertEquals(failedCount(rows), 3);
});

Deno.test("a rejected CREATED retried with other data goes in its place under an id of its own", () => {
  const rows = family();
  assertEquals(perform(rows, planRetry(rows, uuid(2), edit)), { ok: true });
  assertEquals(queueIds(rows), [uuid(1), uuid(50), uuid(3), uuid(4), uuid(5)]);
  const [, row] = [...rows.queue.values()];
  assertEquals(row!.sent, false, "never sent under this id");
  assertEquals([row!.change.data, row!.change.timestamp, row!.change.type], [edit.data, 99, "CREATED"]);
  assertEquals([...rows.discard.keys()], [uuid(2)], "the failed change leaves a record");
  assertEquals([rows.quarantine.size, failedCount(rows)], [0, 0]);
});

Deno.test("a failing change retried with other data keeps its place and what it had seen", () => {
  const row = queued(1, { baseVersion: 7, retryCount: 5 }, { serverErrors: 5, sent: true });
  const rows = makeRows({ queue: [row, queued(2)] });
  assertEquals(perform(rows, planRetry(rows, uuid(1), edit)), { ok: true });
  assertEquals(queueIds(rows), [uuid(50), uuid(2)]);
  const { change, serverErrors } = [...rows.queue.values()][0]!;
  assertEquals([change.baseVersion, change.retryCount, serverErrors], [7, 0, undefined]);
  assertEquals([...rows.discard.keys()], [uuid(1)]);
});

Deno.test("other data that the server would refuse, or for a deletion, change nothing", () => {
  for (
    const [type, data, code] of [
      ["CREATED", { a: 2 ** 60 }, "number_out_of_range"],
      ["DELETED", { a: 1 }, "invalid_change"],
    ] as const
  ) {
    const rows = makeRows({ quarantine: [quarantined(1, { type })] });
    const outcome = perform(rows, planRetry(rows, uuid(1), { ...edit, data }));
    assertEquals(outcome.ok ? null : outcome.code, code);
    assertEquals([rows.quarantine.size, rows.queue.size, rows.discard.size], [1, 0, 0]);
  }
});

Deno.test("retrying what the server fails on lets it go like any other", () => {
  const rows = makeRows({ queue: [queued(1, {}, { serverErrors: 7, sent: true })] });
  assertEquals(perform(rows, planRetry(rows, uuid(1))), { ok: true });
  assertEquals([failedCount(rows), heldEntities(rows).size, queueIds(rows).length], [0, 0, 1]);
});

Deno.test("what was saved before a restore stays known as saved when it is retried, unless its data are new", () => {
  const row = queued(1, {}, { serverErrors: 5, sent: true, wasSettled: true, reoffered: true });
  const rows = makeRows({ queue: [row] });
  perform(rows, planRetry(rows, uuid(1)));
  const { serverErrors: _errors, ...asBefore } = row;
  assertEquals([...rows.queue.values()], [asBefore]);
  const changed = makeRows({ queue: [row] });
  perform(changed, planRetry(changed, uuid(1), edit));
  const { wasSettled, reoffered, sent } = [...changed.queue.values()][0]!;
  assertEquals([wasSettled, reoffered, sent], [undefined, undefined, false]);
});

Deno.test("retrying or discarding what has not failed does nothing and says so", () => {
  const rows = family();
  for (const id of [uuid(99), uuid(1)]) {
    const outcome = perform(rows, planRetry(rows, id));
    assertEquals(outcome.ok ? null : outcome.code, "not_found");
    assertEquals(perform(rows, planDiscard(rows, id, 9)), []);
  }
  assertEquals([rows.queue.size, rows.quarantine.size, rows.discard.size], [3, 2, 0]);
});

Deno.test("discarding a CREATED gives its dependents up too, each with a record, and nobody else's change", () => {
  const rows = family();
  const gone = perform(rows, planDiscard(rows, uuid(2), 9));
  assertEquals(gone.map(({ change }) => change.changeId).toSorted(), [2, 3, 4].map(uuid));
  assertEquals([...rows.discard.keys()].toSorted(), [2, 3, 4].map(uuid));
  assertEquals([...rows.discard.values()].map(({ discardedAt }) => discardedAt), [9, 9, 9]);
  assertEquals(queueIds(rows), [uuid(1), uuid(5)]);
  assertEquals([rows.quarantine.size, failedCount(rows)], [0, 0]);
});

Deno.test("discarding an update leaves the other failed changes of its entity alone", () => {
  const rows = makeRows({ quarantine: [quarantined(1), quarantined(2)] });
  perform(rows, planDiscard(rows, uuid(1), 9));
  assertEquals([...rows.quarantine.keys()], [uuid(2)]);
});

Deno.test("discarding what the server fails on frees its entity", () => {
  const rows = makeRows({ queue: [queued(1, {}, { serverErrors: 5 }), queued(2)] });
  perform(rows, planDiscard(rows, uuid(1), 9));
  assertEquals([queueIds(rows), [...rows.discard.keys()]], [[uuid(2)], [uuid(1)]]);
  assertEquals(heldEntities(rows).size, 0);
});

Deno.test("discarding everything leaves a record of each change, of the newest before all others", () => {
  const rows = family();
  perform(rows, planDiscardAll(rows, 9));
  assertEquals([rows.queue.size, rows.quarantine.size, rows.discard.size], [0, 0, 5]);
  const many = makeRows({ queue: Array.from({ length: 300 }, (_, n) => queued(n + 1000, other)) });
  for (let n = 0; n < 300; n++) {
    many.set(["discard", uuid(n)], { change: queued(n).change, discardedAt: n });
  }
  perform(many, planDiscardAll(many, 1e6));
  assertEquals(many.discard.size, 500);
  assert(!many.discard.has(uuid(99)) && many.discard.has(uuid(100)), "the oldest went");
});

Deno.test("what an erase holds back is held until the last of it is given up: what is edited then goes", () => {
  const failing = queued(1, {}, { serverErrors: 5 });
  const held = () => makeRows({ queue: [failing, queued(2, other)], sync: { erasedHold: true, cursor: 4 } });
  const all = held();
  perform(all, planDiscardAll(all, 9));
  assertEquals([all.sync.erasedHold, all.sync.cursor], [false, 4]);
  const one = held();
  perform(one, planDiscard(one, uuid(1), 9));
  assertEquals(one.sync.erasedHold, true, "another still waits");
  const last = makeRows({ queue: [failing], sync: { erasedHold: true } });
  perform(last, planDiscard(last, uuid(1), 9));
  assertEquals(last.sync.erasedHold, false);
});

Deno.test("discarding a CREATED that the server fails on takes everything along that waits for its record", () => {
  const rows = makeRows({
    queue: [
      queued(1, { type: "DELETED" }),
      queued(2, { type: "CREATED" }, { serverErrors: 5, sent: true }),
      queued(3),
      queued(4, other),
      queued(5, { type: "DELETED" }),
    ],
  });
  const gone = perform(rows, planDiscard(rows, uuid(2), 9));
  assertEquals(gone.map(({ change }) => change.changeId), [2, 3, 5].map(uuid));
  assertEquals([queueIds(rows), [...rows.discard.keys()]], [[1, 4].map(uuid), [2, 3, 5].map(uuid)]);
});

Deno.test("discarding a CREATED leaves a later CREATED of the same id alone, with what was edited on that", () => {
  const updated = quarantined(3, {}, { code: "dependency_rejected" });
  const later = [queued(6, { type: "CREATED" }), queued(7)];
  const rows = makeRows({
    quarantine: [quarantined(2, { type: "CREATED" }), updated, quarantined(8)],
    queue: [queued(5, { type: "DELETED" }), ...later],
  });
  const gone = perform(rows, planDiscard(rows, uuid(2), 9)).map(({ change }) => change.changeId);
  assertEquals(gone, [2, 3, 5].map(uuid));
  assertEquals([queueIds(rows), [...rows.quarantine.keys()]], [[6, 7].map(uuid), [uuid(8)]]);
  const failing = queued(2, { type: "CREATED" }, { serverErrors: 5 });
  const aside = makeRows({
    queue: [failing],
    quarantine: [updated, quarantined(6, { type: "CREATED" }), quarantined(7)],
  });
  perform(aside, planDiscard(aside, uuid(2), 9));
  assertEquals([...aside.quarantine.keys()], [6, 7].map(uuid));
});

Deno.test("each change that is listed as failed can be discarded and retried by its own id", () => {
  for (const id of failedChanges(family()).map(({ changeId }) => changeId)) {
    const rows = family();
    assertEquals(perform(rows, planRetry(rows, id)), { ok: true });
    const gone = family();
    const discarded = perform(gone, planDiscard(gone, id, 9)).map(({ change }) => change.changeId);
    assert(discarded.includes(id) && gone.discard.has(id));
    assert(!failedChanges(gone).some(({ changeId }) => changeId === id));
  }
});

Deno.test("what waits behind a rejected CREATED is retried with it, and can be given up or edited alone", () => {
  const rows = family();
  perform(rows, planRetry(rows, uuid(4)));
  assertEquals([queueIds(rows), failedCount(rows)], [[1, 2, 3, 4, 5].map(uuid), 0]);
  const alone = family();
  perform(alone, planDiscard(alone, uuid(4), 9));
  assertEquals([queueIds(alone), alone.quarantine.size], [[uuid(1), uuid(5)], 2]);
  const changed = family();
  perform(changed, planRetry(changed, uuid(4), edit));
  assertEquals([queueIds(changed), [...changed.discard.keys()]], [[1, 50, 5].map(uuid), [uuid(4)]]);
  assertEquals(failedCount(changed), 3, "it waits as before");
});

Deno.test("other data is copied, and a field that is given now is no longer removed", () => {
  const rows = makeRows({ quarantine: [quarantined(1, { unset: ["a", "b"] })] });
  const data = { a: ["x"] };
  assertEquals(perform(rows, planRetry(rows, uuid(1), { ...edit, data })), { ok: true });
  data.a.push("later");
  const { change } = [...rows.queue.values()][0]!;
  assertEquals([change.data, change.unset], [{ a: ["x"] }, ["b"]]);
});
