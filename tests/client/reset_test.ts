import { assertEquals } from "@std/assert";
import { planReset } from "../../client/network/reset.ts";
import { planTakeBatch } from "../../client/network/take_batch.ts";
import type { DeviceRows } from "../../client/device_rows.ts";
import { acked, dayMs, makeRows, perform, quarantined, queued, serverMs, uuid } from "./world/make_rows.ts";

/** Resets and writes the outcome. */
function reset(rows: DeviceRows, reason: "restored" | "erased") {
  const { sync, ...writes } = planReset(rows, reason, serverMs - 30 * dayMs);
  perform(rows, { ...writes, result: undefined });
  rows.set(["meta", "sync"], { ...rows.sync, ...sync });
  return sync;
}

const shown = { epoch: "old", cursor: 20, viewCursor: 20, restarts: 2, checksum: [1, 2] as const };
const queue = (rows: DeviceRows) => [...rows.queue.values()];

Deno.test("after a restore the changes acknowledged in 30 days are offered again before the queue", () => {
  const rows = makeRows({
    sync: shown,
    queue: [queued(7, { baseVersion: 19, entityId: "g7" }, { sent: true }), queued(8, { baseVersion: 20 })],
    acked: [
      acked(3, 18, { baseVersion: 17 }),
      acked(1, 11, {}, { settledAtMs: serverMs - 29 * dayMs }),
      acked(2, 5, {}, { settledAtMs: serverMs - 31 * dayMs }),
    ],
  });
  reset(rows, "restored");
  assertEquals(queue(rows).map(({ change }) => change.changeId), [uuid(1), uuid(3), uuid(7), uuid(8)]);
  assertEquals(queue(rows).map(({ change }) => change.baseVersion), [0, 0, 0, 0]);
  assertEquals(queue(rows).map(({ sent }) => sent), [true, true, true, false]);
  assertEquals(queue(rows).map(({ seq }) => seq), [9, 10, 11, 12]);
  assertEquals(rows.queueSeq, 12);
  assertEquals(rows.acked.size, 0);
});

Deno.test("what is offered again goes in the order it was made, also what has changed nothing", () => {
  const rows = makeRows({
    sync: shown,
    // Deleted elsewhere as version 11: the record created anew met that, and deleting it again changed nothing.
    acked: [
      acked(1, 15, { type: "CREATED" }, { place: 4, status: "conflict", effect: false }),
      acked(2, 11, { type: "DELETED" }, { place: 5, status: "duplicate", effect: false }),
      acked(3, 16),
    ],
  });
  reset(rows, "restored");
  assertEquals(queue(rows).map(({ change }) => change.changeId), [uuid(3), uuid(1), uuid(2)]);
});

Deno.test("after a restore the old base stays shown while the other slot is filled from version 0", () => {
  const rows = makeRows({ sync: shown, base: { g1: { version: 3, data: { a: 1 } } } });
  const sync = reset(rows, "restored");
  assertEquals(sync, {
    cursor: 0,
    snapshot: false,
    viewCursor: 0,
    restarts: 3,
    checksum: [0, 0],
    staging: true,
  });
  assertEquals(rows.shown("goal", "g1")?.data, { a: 1 });
});

Deno.test("what is offered again is part of the shown base only if the base had it", () => {
  const rows = makeRows({ sync: { ...shown, viewCursor: 10 }, acked: [acked(1, 10), acked(2, 11)] });
  reset(rows, "restored");
  assertEquals(queue(rows).map(({ reoffered }) => reoffered), [true, undefined]);
});

Deno.test("what an earlier restore offered again stays in the view once the base pulled since is shown", () => {
  const waiting = { queue: [queued(1, {}, { sent: true, reoffered: true })] };
  const pulled = makeRows({ sync: shown, ...waiting });
  reset(pulled, "restored");
  assertEquals(queue(pulled).map(({ reoffered }) => reoffered), [undefined]);
  const pulling = makeRows({ sync: { ...shown, staging: true }, ...waiting });
  reset(pulling, "restored");
  assertEquals(queue(pulling).map(({ reoffered }) => reoffered), [true]);
});

Deno.test("a change that the server failed on does not overtake what a restore makes to be offered before it", () => {
  const rows = makeRows({
    sync: shown,
    queue: [queued(7, {}, { sent: true, serverErrors: 5 })],
    acked: [acked(1, 11)],
  });
  reset(rows, "restored");
  const { result: batch } = planTakeBatch(rows, { changesMax: 10, seqMax: Infinity });
  assertEquals(batch.rows.map(({ change }) => change.changeId), [uuid(1), uuid(7)]);
});

Deno.test("a change that waits in the queue is not offered a second time", () => {
  const rows = makeRows({ sync: shown, queue: [queued(1)], acked: [acked(1, 4)] });
  reset(rows, "restored");
  assertEquals(queue(rows).map(({ change }) => change.changeId), [uuid(1)]);
});

Deno.test("after an erase base, acknowledged changes and conflicts go; the queue stays and is held", () => {
  const rows = makeRows({
    sync: shown,
    queue: [queued(7, { baseVersion: 19 }, { sent: true })],
    acked: [acked(1, 11)],
    base: { g1: { version: 3, data: { a: 1 } } },
    more: [[["conflict", "c"], { id: "c" }]],
  });
  reset(rows, "erased");
  assertEquals(rows.shown("goal", "g1"), undefined);
  assertEquals([rows.acked.size, rows.conflict.size], [0, 0]);
  assertEquals(queue(rows).map(({ seq, change, sent }) => [seq, change.baseVersion, sent]), [[7, 0, true]]);
  assertEquals(rows.sync.erasedHold, true);
  assertEquals([rows.sync.staging, rows.sync.cursor, rows.sync.viewCursor], [false, 0, 0]);
});

Deno.test("what a restore made to be offered again was saved once, and goes with an erase like all that was", () => {
  const rows = makeRows({ sync: shown, queue: [queued(7)], acked: [acked(1, 11), acked(2, 21)] });
  reset(rows, "restored");
  reset(rows, "restored");
  reset(rows, "erased");
  assertEquals(queue(rows).map(({ change }) => change.changeId), [uuid(7)]);
  assertEquals(rows.sync.erasedHold, true);
  const saved = makeRows({ sync: shown, acked: [acked(1, 11)] });
  reset(saved, "restored");
  reset(saved, "erased");
  assertEquals([saved.queue.size, saved.sync.erasedHold], [0, false], "nobody is asked about what was saved");
});

Deno.test("after an erase with nothing in the queue there is nothing to ask", () => {
  const rows = makeRows({ sync: shown });
  reset(rows, "erased");
  assertEquals(rows.sync.erasedHold, false);
});

Deno.test("a restore in the middle of a restart throws the half-filled slot away, not the shown one", () => {
  const rows = makeRows({
    sync: { ...shown, staging: true, shownSlot: 1 },
    base: { g1: { version: 3, data: { shown: 1 } } },
    more: [[["base", 0, "goal", "ghost"], { version: 1, data: {} }]],
  });
  reset(rows, "restored");
  assertEquals([rows.base[0].size, rows.shown("goal", "g1")?.data], [0, { shown: 1 }]);
});

Deno.test("an erase in the middle of a restart shows the new history, not the staged one", () => {
  const rows = makeRows({
    sync: { ...shown, staging: true, shownSlot: 1 },
    base: { g1: { version: 3, data: { shown: 1 } } },
    more: [[["base", 0, "goal", "staged"], { version: 1, data: {} }]],
  });
  reset(rows, "erased");
  assertEquals([rows.sync.staging, rows.sync.shownSlot], [false, 1]);
  assertEquals(rows.base.map((slot) => slot.size), [0, 0], "no record stays on the device, unseen ones too");
});

Deno.test("a reset makes the base of failed changes 0 too: a retry must not claim to have seen what it has not", () => {
  for (const reason of ["restored", "erased"] as const) {
    const rows = makeRows({ sync: shown, quarantine: [quarantined(4, { baseVersion: 18 })] });
    reset(rows, reason);
    assertEquals([...rows.quarantine.values()].map(({ change }) => change.baseVersion), [0], reason);
  }
});
