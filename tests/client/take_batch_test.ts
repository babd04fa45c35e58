import { assert, assertEquals } from "@std/assert";
import { jsonBytes, limits } from "../../shared/mod.ts";
import type { DeviceRows } from "../../client/device_rows.ts";
import {
  type BatchBounds,
  hasSendable,
  planServerError,
  planTakeBatch,
} from "../../client/network/take_batch.ts";
import { makeRows, perform, quarantined, queued, uuid } from "./world/make_rows.ts";

function take(rows: DeviceRows, bounds: Partial<BatchBounds> = {}) {
  return perform(rows, planTakeBatch(rows, { changesMax: 500, seqMax: Infinity, ...bounds }));
}

const seqs = (batch: { rows: { seq: number }[] }) => batch.rows.map(({ seq }) => seq);
const entity = (n: number) => ({ entityId: `g${n}` });

Deno.test("taking a batch marks exactly its rows as sent, in the order they were made", () => {
  const rows = makeRows({ queue: [1, 2, 3, 4].map((n) => queued(n, entity(n))) });
  const batch = take(rows, { changesMax: 3 });
  assertEquals(seqs(batch), [1, 2, 3]);
  assertEquals(batch.cut, true);
  assertEquals([...rows.queue.values()].map(({ sent }) => sent), [true, true, true, false]);
});

Deno.test("taking a batch whose rows were sent before writes nothing", () => {
  const rows = makeRows({ queue: [queued(1, {}, { sent: true })] });
  const plan = planTakeBatch(rows, { changesMax: 500, seqMax: 9 });
  assertEquals(plan.put, []);
  assertEquals(seqs(plan.result), [1]);
  assertEquals(plan.result.cut, false);
});

Deno.test("a batch says where the device stands", () => {
  const rows = makeRows({ sync: { epoch: "e7", cursor: 12, snapshot: true, restarts: 3 } });
  assertEquals(take(rows).from, { epoch: "e7", cursor: 12, snapshot: true, restarts: 3 });
});

Deno.test("what was queued after the run began waits for the next run", () => {
  const rows = makeRows({ queue: [1, 2, 3].map((n) => queued(n, entity(n))) });
  assertEquals(seqs(take(rows, { seqMax: 2 })), [1, 2]);
  assertEquals(rows.queue.get(3)!.sent, false);
});

Deno.test("a batch never weighs more than a request may, and a full one says that more is waiting", () => {
  const data = { text: "ü".repeat(100_000) };
  const rows = makeRows({ queue: [1, 2, 3, 4, 5, 6, 7].map((n) => queued(n, { ...entity(n), data })) });
  const batch = take(rows);
  const bytes = jsonBytes({ lastKnownServerVersion: 1, changes: batch.rows.map(({ change }) => change) });
  assert(bytes <= limits.requestBytesMax, `${bytes} bytes`);
  assertEquals(seqs(batch), [1, 2, 3, 4, 5], "as many as fit");
  assertEquals(batch.cut, true);
});

Deno.test("the largest change that can be queued goes, alone", () => {
  const name = (i: number) => `${i}`.padEnd(limits.fieldNameUnitsMax, "\u0001");
  const unset = Array.from({ length: 900 }, (_, i) => name(i));
  const data = { text: "x".repeat(limits.entityBytesMax - 11) };
  const rows = makeRows({ queue: [queued(1, { data, unset }), queued(2, entity(2))] });
  assert(jsonBytes(rows.queue.get(1)!.change) > limits.entityBytesMax * 3);
  assertEquals(seqs(take(rows, { changesMax: 1 })), [1]);
});

Deno.test("after an erase nothing leaves until a person says so", () => {
  const rows = makeRows({ queue: [queued(1)], sync: { erasedHold: true } });
  assertEquals(seqs(take(rows)), []);
  assertEquals(rows.queue.get(1)!.sent, false);
  assertEquals(hasSendable(rows), false);
});

Deno.test("changes of an entity whose creation is set aside are held; everybody else's go", () => {
  const rows = makeRows({
    quarantine: [quarantined(1, { ...entity(1), type: "CREATED" }), quarantined(2, entity(2))],
    queue: [queued(3, entity(1)), queued(4, entity(2)), queued(5, entity(5))],
  });
  assertEquals(seqs(take(rows)), [4, 5], "a set-aside update holds nothing");
  assertEquals(hasSendable(rows), true);
  rows.remove(["queue", 4]);
  rows.remove(["queue", 5]);
  assertEquals(hasSendable(rows), false);
});

Deno.test("an entity of the same id but another type is not held", () => {
  const rows = makeRows({
    quarantine: [quarantined(1, { type: "CREATED" })],
    queue: [queued(2, { entityType: "entry" })],
  });
  assertEquals(seqs(take(rows)), [2]);
});

Deno.test("the fifth answer 500 to a change alone makes it fail: its entity is held and it goes alone", () => {
  const rows = makeRows({ queue: [queued(1), queued(2), queued(3, entity(3))] });
  for (let n = 1; n <= 4; n++) perform(rows, planServerError(rows, uuid(1)));
  assertEquals(seqs(take(rows)), [1, 2, 3], "four are not enough");
  perform(rows, planServerError(rows, uuid(1)));
  assertEquals(rows.queue.get(1)!.change.retryCount, 5);
  assertEquals(seqs(take(rows)), [3]);
  assertEquals(seqs(take(rows, { failing: true })), [1]);
});

Deno.test("a 500 to a change that was settled meanwhile counts nothing", () => {
  const rows = makeRows({ queue: [queued(1)] });
  const plan = planServerError(rows, uuid(2));
  assertEquals(plan.put ?? [], []);
});

Deno.test("several failing changes take turns, so one that fails for ever starves nobody", () => {
  const failing = { serverErrors: 5, sent: true };
  const rows = makeRows({
    queue: [queued(1, entity(1), failing), queued(2, entity(2), failing), queued(3, entity(3), failing)],
  });
  const tried: number[] = [];
  for (let n = 0; n < 6; n++) {
    const [row] = take(rows, { failing: true }).rows;
    tried.push(row!.seq);
    perform(rows, planServerError(rows, row!.change.changeId));
  }
  assertEquals(tried, [1, 2, 3, 1, 2, 3]);
});
