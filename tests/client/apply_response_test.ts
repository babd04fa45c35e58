import { assert, assertEquals } from "@std/assert";
import { checksumTerm, formatChecksum, type PulledChange, type SyncResponse } from "../../shared/mod.ts";
import type { DeviceRows } from "../../client/device_rows.ts";
import { type Applied, planApply } from "../../client/network/apply_response.ts";
import { planResolve } from "../../client/network/resolve_conflict.ts";
import type { Batch } from "../../client/network/take_batch.ts";
import { type ConflictRow, rowKey } from "../../client/rows.ts";
import {
  acked,
  answer,
  batchOf,
  dayMs,
  deviceId,
  makeRows,
  otherDevice,
  perform,
  queued,
  serverMs,
  serverTime,
  uuid,
  verdict,
} from "./world/make_rows.ts";

function pulled(version: number, more: Partial<PulledChange> = {}): PulledChange {
  return {
    changeId: uuid(1000 + version),
    type: "CREATED",
    entityType: "goal",
    entityId: "g1",
    timestamp: 1,
    createdAt: serverTime,
    version,
    data: { v: version },
    ...more,
  };
}

function apply(rows: DeviceRows, more: Partial<SyncResponse>, batch: Batch = batchOf(rows, [])): Applied {
  return perform(rows, planApply(rows, batch, answer(more), { deviceId, nowMs: 42 }));
}

const goal = (rows: DeviceRows) => rows.shown("goal", "g1")?.data;
const at5 = { epoch: "e1", cursor: 5, viewCursor: 5, checksumBroken: false };
const isoAt = (ms: number) => new Date(ms).toISOString();
const checksumOf = (version: number, data: object) =>
  formatChecksum(checksumTerm("goal", "g1", version, data as Record<string, unknown>));

Deno.test("an answer moves cursor, epoch and view in one plan, and notes when", () => {
  const rows = makeRows();
  const applied = apply(rows, { latestServerVersion: 3, newChanges: [pulled(3)], epoch: "e9" });
  assertEquals([rows.sync.cursor, rows.sync.viewCursor, rows.sync.epoch], [3, 3, "e9"]);
  assertEquals(goal(rows), { v: 3 });
  assertEquals(rows.sync.lastSyncTime, 42);
  assertEquals([applied.pageUsed, applied.progressed, applied.changesApplied], [true, true, 1]);
});

Deno.test("a page for another epoch, cursor, snapshot flag or restart is left alone, its verdicts are used", () => {
  const stands = { ...at5, snapshot: true, restarts: 2 };
  const away: Partial<Batch["from"]>[] = [
    { epoch: "e0" },
    { epoch: null },
    { cursor: 4 },
    { cursor: 6 },
    { snapshot: false },
    { restarts: 1 },
  ];
  for (const differs of away) {
    const sent = queued(1, {}, { sent: true });
    const rows = makeRows({ sync: stands, queue: [sent] });
    const batch = batchOf(rows, [sent]);
    batch.from = { ...batch.from, ...differs };
    const before = rows.sync;
    const more = { latestServerVersion: 9, newChanges: [pulled(9)], results: [verdict(1, "applied", 7)] };
    const applied = apply(rows, more, batch);
    const what = JSON.stringify(differs);
    assertEquals(rows.sync, before, what);
    assertEquals(goal(rows), undefined, what);
    assertEquals(rows.queue.size, 0, what);
    assertEquals([applied.pageUsed, applied.settled.length], [false, 1], what);
  }
});

Deno.test("an overtaken `reset` starts nothing over", () => {
  const rows = makeRows({ sync: { ...at5, restarts: 1 }, acked: [acked(1, 5)] });
  const batch = batchOf(rows, []);
  batch.from = { ...batch.from, restarts: 0 };
  for (const reset of ["restored", "erased"] as const) {
    assertEquals(apply(rows, { reset, latestServerVersion: 2, epoch: "e2" }, batch).reset, null);
  }
  assertEquals([rows.sync.cursor, rows.acked.size, rows.sync.epoch], [5, 1, "e1"]);
});

Deno.test("a late verdict of a history that was reset meanwhile settles nothing: the change is offered again", () => {
  const sent = queued(1, {}, { sent: true });
  const rows = makeRows({ sync: { ...at5, epoch: "e2", restarts: 1 }, queue: [sent] });
  const batch = batchOf(rows, [sent]);
  batch.from = { ...batch.from, epoch: "e1", restarts: 0 };
  const applied = apply(rows, { latestServerVersion: 9, results: [verdict(1, "applied", 9)] }, batch);
  assertEquals([rows.queue.size, rows.acked.size, applied.settled.length], [1, 0, 0]);
});

Deno.test("the same answer twice folds and settles once", () => {
  const sent = queued(1, { data: { n: 1 } }, { sent: true });
  const rows = makeRows({ sync: at5, queue: [sent], base: { g1: { version: 5, data: { v: 5 } } } });
  const batch = batchOf(rows, [sent]);
  const more = { latestServerVersion: 6, results: [verdict(1, "applied", 6)] };
  apply(rows, more, batch);
  const sync = rows.sync;
  const again = apply(rows, more, batch);
  assertEquals(rows.sync, sync);
  assertEquals([again.pageUsed, again.settled.length], [false, 0]);
  assertEquals(goal(rows), { v: 5, n: 1 });
});

Deno.test("an own change above the page's end stays acknowledged over the base until the cursor passes it", () => {
  const sent = queued(1, { data: { n: 1 } }, { sent: true });
  const rows = makeRows({ sync: at5, queue: [sent], base: { g1: { version: 5, data: { v: 5 } } } });
  const results = [verdict(1, "applied", 8)];
  apply(rows, { latestServerVersion: 6, hasMore: true, serverVersion: 8, results }, batchOf(rows, [sent]));
  assertEquals(goal(rows), { v: 5 });
  assertEquals(rows.ackedOf("goal", "g1").map(({ version, effect }) => [version, effect]), [[8, true]]);
  assertEquals(rows.sync.lastSyncTime, null, "not complete yet");
});

Deno.test("a restart fills the other slot; the app keeps the old view until the last page swaps it in", () => {
  const rows = makeRows({ sync: { ...at5, restarts: 1 }, base: { g1: { version: 5, data: { old: 1 } } } });
  const first = apply(rows, {
    reset: "restored",
    epoch: "e2",
    latestServerVersion: 1,
    serverVersion: 2,
    hasMore: true,
    snapshot: true,
    newChanges: [pulled(1, { entityId: "g9" })],
  });
  assertEquals([first.reset, first.hasMore], ["restored", true]);
  assertEquals([rows.sync.staging, rows.sync.cursor, rows.sync.viewCursor, rows.sync.restarts], [
    true,
    1,
    0,
    2,
  ]);
  assertEquals(goal(rows), { old: 1 });
  apply(rows, { epoch: "e2", latestServerVersion: 2, newChanges: [pulled(2)] });
  assertEquals([rows.sync.staging, rows.sync.cursor, rows.sync.viewCursor], [false, 2, 2]);
  assertEquals(goal(rows), { v: 2 });
  assertEquals(rows.shown("goal", "g9")?.data, { v: 1 });
  assertEquals(rows.base[1 - rows.sync.shownSlot]!.size, 0, "the old base is gone");
});

Deno.test("a restart in one page swaps at once and keeps what the page brought", () => {
  const rows = makeRows({ sync: at5, base: { g1: { version: 5, data: { old: 1 } } } });
  apply(rows, { reset: "restored", epoch: "e2", latestServerVersion: 2, newChanges: [pulled(2)] });
  assertEquals(goal(rows), { v: 2 });
  assertEquals(rows.sync.staging, false);
});

Deno.test("an erase empties the view at once", () => {
  const rows = makeRows({ sync: at5, base: { g1: { version: 5, data: { old: 1 } } }, acked: [acked(1, 5)] });
  const applied = apply(rows, { reset: "erased", epoch: "e2", latestServerVersion: 0 });
  assertEquals(applied.reset, "erased");
  assertEquals([goal(rows), rows.acked.size, rows.sync.staging], [undefined, 0, false]);
});

Deno.test("a sound checksum is accepted, whatever went before", () => {
  const rows = makeRows({ sync: { epoch: "e1", checksumBroken: true } });
  apply(rows, { latestServerVersion: 3, newChanges: [pulled(3)], checksum: checksumOf(3, { v: 3 }) });
  assertEquals([rows.sync.checksumBroken, rows.sync.staging], [false, false]);
});

Deno.test("a wrong checksum starts over into the other slot, and the view stays", () => {
  const rows = makeRows({ sync: at5, base: { g1: { version: 5, data: { old: 1 } } } });
  const applied = apply(rows, { latestServerVersion: 6, newChanges: [pulled(6)], checksum: "bad" });
  assertEquals([applied.reset, applied.hasMore], ["checksum", true]);
  assertEquals([rows.sync.staging, rows.sync.cursor, rows.sync.viewCursor], [true, 0, 6]);
  assertEquals([rows.sync.restarts, rows.sync.checksumRestartMs], [1, serverMs]);
  assertEquals(goal(rows), { v: 6 });
  apply(rows, { latestServerVersion: 6, newChanges: [pulled(6)], checksum: checksumOf(6, { v: 6 }) });
  assertEquals([rows.sync.staging, rows.sync.checksumBroken, rows.sync.cursor], [false, false, 6]);
});

Deno.test("a second wrong checksum within a day of server time is reported instead of starting over", () => {
  const rows = makeRows({ sync: at5 });
  const wrong = (serverTime: string) =>
    apply(rows, {
      latestServerVersion: rows.sync.cursor === 0 ? 5 : rows.sync.cursor,
      checksum: "bad",
      serverTime,
    });
  assertEquals(wrong(isoAt(serverMs)).reset, "checksum");
  assertEquals(wrong(isoAt(serverMs + 1)).reset, null, "the staged copy is no better");
  assertEquals([rows.sync.checksumBroken, rows.sync.staging], [true, false]);
  assertEquals(wrong(isoAt(serverMs + dayMs - 1)).reset, null);
  assertEquals(wrong(isoAt(serverMs + dayMs)).reset, "checksum", "a day later once more");
});

Deno.test("a wrong checksum at the end of a restart throws the staged copy away", () => {
  const rows = makeRows({ sync: { ...at5, staging: true, cursor: 0, shownSlot: 0 } });
  apply(rows, { latestServerVersion: 6, newChanges: [pulled(6)], checksum: "bad" });
  assertEquals([rows.base[1].size, rows.sync.staging, rows.sync.cursor], [0, true, 0]);
});

Deno.test("acknowledged changes are kept for 30 days of server time, whatever the device's clock says", () => {
  const old = { settledAtMs: serverMs - 30 * dayMs - 1 };
  const rows = makeRows({ sync: at5, acked: [acked(1, 3, {}, old), acked(2, 4)] });
  apply(rows, { latestServerVersion: 5, serverTime: isoAt(serverMs - dayMs) });
  assertEquals(rows.acked.size, 2);
  apply(rows, { latestServerVersion: 5 });
  assertEquals([...rows.acked.values()].map(({ version }) => version), [4]);
});

Deno.test("an acknowledged change above the cursor outlives its 30 days: it is part of the view", () => {
  const rows = makeRows({ sync: at5, acked: [acked(1, 8, {}, { settledAtMs: 0 })] });
  apply(rows, { latestServerVersion: 5 });
  assertEquals(rows.acked.size, 1);
});

Deno.test("the server's time never runs backwards on a device", () => {
  const rows = makeRows({ sync: { ...at5, serverTimeMs: serverMs } });
  apply(rows, { latestServerVersion: 5, serverTime: "1999-01-01T00:00:00Z" });
  assertEquals(rows.sync.serverTimeMs, serverMs);
  apply(rows, { latestServerVersion: 5, serverTime: "not a time" });
  assertEquals(rows.sync.serverTimeMs, serverMs);
});

Deno.test("a pulled change under our deviceId that we never made gives a cloned profile away", () => {
  const taken = (rows: DeviceRows, more: Partial<PulledChange>, batch?: Batch) =>
    apply(rows, { latestServerVersion: 6, newChanges: [pulled(6, { deviceId, ...more })] }, batch)
      .deviceIdTaken;
  assertEquals(taken(makeRows({ sync: at5 }), {}), true);
  assertEquals(taken(makeRows({ sync: at5 }), { deviceId: otherDevice }), false);
  assertEquals(taken(makeRows({ sync: at5, acked: [acked(1, 6)] }), { changeId: uuid(1) }), false);
  assertEquals(taken(makeRows({ sync: at5, queue: [queued(1)] }), { changeId: uuid(1) }), false);
  assertEquals(taken(makeRows({}), {}), false, "a compacted page has the whole past of this device");
});

Deno.test("a conflict opens even when the page of its answer is overtaken", () => {
  const sent = queued(1, {}, { sent: true });
  const rows = makeRows({ sync: at5, queue: [sent] });
  const batch = batchOf(rows, [sent]);
  batch.from = { ...batch.from, cursor: 1 };
  const conflict = {
    changeId: uuid(1),
    reason: "same_field" as const,
    entityType: "goal",
    entityId: "g1",
    version: 7,
    winner: "yours" as const,
    fields: [{ name: "n", yours: 1, theirs: 2 }],
  };
  const applied = apply(rows, { conflicts: [conflict], results: [verdict(1, "conflict", 7)] }, batch);
  assertEquals(applied.newConflicts.length, 1);
  assert(rows.conflict.has(uuid(1)));
});

Deno.test("a conflict that the same page settles again is never opened", () => {
  const sent = queued(1, { data: { n: 1 } }, { sent: true });
  const rows = makeRows({ sync: at5, queue: [sent], base: { g1: { version: 5, data: { n: 0 } } } });
  const conflict = {
    changeId: uuid(1),
    reason: "same_field" as const,
    entityType: "goal",
    entityId: "g1",
    version: 7,
    winner: "yours" as const,
    fields: [{ name: "n", yours: 1, theirs: 2 }],
  };
  const applied = apply(rows, {
    latestServerVersion: 8,
    conflicts: [conflict],
    results: [verdict(1, "conflict", 7)],
    newChanges: [
      pulled(7, { type: "UPDATED", changeId: uuid(1), data: { n: 1 }, deviceId }),
      pulled(8, { type: "UPDATED", data: { n: 3 } }),
    ],
  }, batchOf(rows, [sent]));
  assertEquals(applied.newConflicts, []);
  assertEquals(rows.conflict.size, 0);
});

Deno.test("a page below the floor of a trimmed log bears no mark, and closes no conflict over unwritten fields", () => {
  const conflict = {
    id: uuid(7),
    entityType: "goal",
    entityId: "g1",
    reason: "same_field",
    version: 5,
    winner: "theirs",
    fields: [{ name: "a", mine: 1, theirs: 2 }],
    noticedAt: 0,
  };
  const rows = makeRows({
    base: { g1: { version: 5, data: { a: 2, b: 2 } } },
    sync: at5,
    more: [[["conflict", uuid(7)], conflict]],
  });
  apply(rows, {
    latestServerVersion: 20,
    newChanges: [pulled(20, { type: "CREATED", data: { a: 2, b: 3 } })],
  });
  assertEquals([goal(rows), rows.conflict.size], [{ a: 2, b: 3 }, 1]);
});

/** An open conflict over the title of `g1`, whose other side has won with version 80. */
const open: ConflictRow = {
  id: uuid(5),
  entityType: "goal",
  entityId: "g1",
  reason: "same_field",
  version: 80,
  winner: "theirs",
  fields: [{ name: "title", mine: "mine", theirs: "theirs" }],
  noticedAt: 0,
};
const disputed = {
  sync: { epoch: "old", cursor: 90, viewCursor: 90 },
  base: { g1: { version: 80, data: { title: "theirs" } } },
  more: [[rowKey.conflict(open.id), open]],
} satisfies Parameters<typeof makeRows>[0];

Deno.test("after a restore an open conflict is looked at once more: versions of the other history say nothing", () => {
  const rows = makeRows(disputed);
  const change = pulled(1, { entityId: "another" });
  apply(rows, { reset: "restored", hasMore: true, latestServerVersion: 1, newChanges: [change] });
  assertEquals([...rows.conflict.values()].map(({ version }) => version), [0]);
  // The new history has written the record again, at a lower version.
  rows.set(rowKey.base(rows.sync.shownSlot, "goal", "g1"), { version: 52, data: { title: "quite new" } });
  const stamp = { changeId: uuid(99), timestamp: 0 };
  const outcome = perform(rows, planResolve(rows, open.id, "theirs", stamp, () => 0));
  assertEquals(outcome.ok ? "written over" : outcome.code, "changed_again");
});

Deno.test("a conflict that the first page after a restore has settled is closed", () => {
  const rows = makeRows(disputed);
  const change = pulled(95, { data: { title: "chosen" } });
  apply(rows, { reset: "restored", latestServerVersion: 95, newChanges: [change] });
  assertEquals([...rows.conflict.values()], []);
});
