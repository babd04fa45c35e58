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
  assertEquals(failedChanges(rows).map(({ changeId, code }) => [changeId, code]), [[
    uuid(1),
    "server_error",
  ]]);
  assertEquals(failedCount(rows), 1);
  assertEquals([...heldEntities(rows)], [entityKey("goal", "g1")]);
});

Deno.test("retrying a CREATED puts it and its dependents back into their places, before later edits", () => {
  const rows = family();
  assertEquals(perform(rows, planRetry(rows, uuid(2))), true);
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

Deno.test("a dependent that is retried alone waits in the queue for its CREATED", () => {
  const rows = family();
  perform(rows, planRetry(rows, uuid(3)));
  assertEquals(queueIds(rows).at(-1), uuid(3));
  assert(heldEntities(rows).has(entityKey("goal", "g1")));
});

Deno.test("retrying what the server fails on lets it go like any other", () => {
  const rows = makeRows({ queue: [queued(1, {}, { serverErrors: 7, sent: true })] });
  assertEquals(perform(rows, planRetry(rows, uuid(1))), true);
  assertEquals([failedCount(rows), heldEntities(rows).size, queueIds(rows).length], [0, 0, 1]);
});

Deno.test("retrying or discarding what has not failed does nothing and says so", () => {
  const rows = family();
  for (const id of [uuid(99), uuid(1)]) {
    assertEquals(perform(rows, planRetry(rows, id)), false);
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
