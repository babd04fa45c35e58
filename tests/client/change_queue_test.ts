import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { applyEffect, type ChangeIntent, type JsonObject, limits } from "../../shared/mod.ts";
import { planQueue } from "../../client/change_queue.ts";
import type { DeviceRows } from "../../client/device_rows.ts";
import { makeRows, perform, quarantined, queued, uuid } from "./world/make_rows.ts";

/** Queues one edit of goal g1 unless it says otherwise; `n` numbers its changeId. */
function edit(
  rows: DeviceRows,
  n: number,
  intent: Partial<ChangeIntent>,
  more: { baseVersion?: number; schemaVersion?: number; timestamp?: number; restarts?: number } = {},
): string {
  const full: ChangeIntent = { type: "UPDATED", entityType: "goal", entityId: "g1", ...intent };
  const { schemaVersion = 0, timestamp = 1000 + n, ...base } = more;
  const [id] = perform(
    rows,
    planQueue(rows, [{ intent: full, changeId: uuid(n), timestamp, schemaVersion, ...base }]),
  );
  return id!;
}

const changes = (rows: DeviceRows) => [...rows.queue.values()].map((row) => row.change);

Deno.test("two unsent updates of one entity become one change under the first id", () => {
  const rows = makeRows();
  assertEquals(edit(rows, 1, { data: { a: 1, b: 1 } }), uuid(1));
  assertEquals(edit(rows, 2, { data: { b: 2, c: 2 } }), uuid(1));
  assertEquals(changes(rows).map(({ changeId, data }) => ({ changeId, data })), [
    { changeId: uuid(1), data: { a: 1, b: 2, c: 2 } },
  ]);
  assertEquals(changes(rows)[0]!.timestamp, 1001, "the age counts from the first edit");
});

Deno.test("a sent update is never touched: the next edit gets a row of its own", () => {
  const sent = queued(1, { data: { a: 1 } }, { sent: true });
  const rows = makeRows({ queue: [sent] });
  assertEquals(edit(rows, 2, { data: { b: 2 } }), uuid(2));
  assertEquals(rows.queue.get(1), sent);
  assertEquals(rows.queue.get(2)!.change.data, { b: 2 });
});

Deno.test("edits are not merged across a different base, schema or kind of change", () => {
  const twoRows = (second: Partial<ChangeIntent>, more: Parameters<typeof edit>[3] = {}) => {
    const rows = makeRows({ queue: [queued(1, { data: { a: 1 } })], sync: { viewCursor: 9 } });
    edit(rows, 2, { data: { b: 2 }, ...second }, { baseVersion: 0, ...more });
    return rows.queue.size;
  };
  assertEquals(twoRows({}), 1, "the same base, schema and kind: merged");
  assertEquals(twoRows({}, { baseVersion: 7 }), 2);
  assertEquals(twoRows({}, { schemaVersion: 1 }), 2);
  assertEquals(twoRows({ type: "CREATED" }), 2);
  assertEquals(twoRows({ entityId: "g2" }), 2);
  assertEquals(twoRows({ entityType: "entry" }), 2);
  const deleted = makeRows({ queue: [queued(1, { type: "DELETED" })] });
  edit(deleted, 2, { data: { b: 2 } });
  assertEquals(deleted.queue.size, 2);
  const created = makeRows({ queue: [queued(1, { type: "CREATED", data: { a: 1 } })] });
  edit(created, 2, { data: { b: 2 } });
  assertEquals(created.queue.size, 2, "a CREATED keeps its own verdict");
});

Deno.test("only the last change of an entity takes an edit in, so nothing overtakes a deletion", () => {
  const rows = makeRows();
  edit(rows, 1, { data: { a: 1 } });
  edit(rows, 2, { type: "DELETED" });
  edit(rows, 3, { data: { a: 3 } });
  assertEquals(changes(rows).map(({ type, data }) => [type, data]), [
    ["UPDATED", { a: 1 }],
    ["DELETED", undefined],
    ["UPDATED", { a: 3 }],
  ]);
});

Deno.test("edits of other entities in between do not keep two updates apart, and order is kept", () => {
  const rows = makeRows();
  const intents = (id: string, value: number) => ({ entityId: id, data: { value } });
  edit(rows, 1, intents("g1", 1));
  edit(rows, 2, intents("g2", 2));
  edit(rows, 3, intents("g1", 3));
  assertEquals(changes(rows).map(({ entityId, data }) => [entityId, data]), [
    ["g1", { value: 3 }],
    ["g2", { value: 2 }],
  ]);
});

Deno.test("a merge that would be too large, or have too many fields, is a second change", () => {
  const half = "x".repeat(limits.entityBytesMax / 2);
  const rows = makeRows();
  edit(rows, 1, { data: { a: half } });
  edit(rows, 2, { data: { b: half } });
  assertEquals(rows.queue.size, 2);
  const fields = (prefix: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, 0]));
  const wide = makeRows();
  edit(wide, 1, { data: fields("a", 600) });
  edit(wide, 2, { data: fields("b", 400) });
  assertEquals(wide.queue.size, 1, "exactly the bound still goes");
  edit(wide, 3, { unset: ["z"], data: { a0: 1 } });
  assertEquals(wide.queue.size, 2, "one more does not");
});

Deno.test("edits written in one transaction are merged and ordered like edits written one by one", () => {
  const edits: Partial<ChangeIntent>[] = [
    { data: { a: 1 } },
    { entityId: "g2", type: "CREATED", data: { b: 1 } },
    { data: { a: 2 }, unset: ["c"] },
    { entityId: "g2", data: { b: 2 } },
    { entityId: "g2", data: { d: 2 } },
  ];
  const together = makeRows();
  const ids = perform(
    together,
    planQueue(
      together,
      edits.map((intent, i) => ({
        intent: { type: "UPDATED", entityType: "goal", entityId: "g1", ...intent },
        changeId: uuid(i),
        timestamp: 1000 + i,
        schemaVersion: 0,
      })),
    ),
  );
  const apart = makeRows();
  assertEquals(edits.map((intent, i) => edit(apart, i, intent)), ids);
  assertEquals(changes(together), changes(apart));
  assertEquals(ids, [uuid(0), uuid(1), uuid(0), uuid(3), uuid(3)]);
});

Deno.test("an edit bears the cursor that was shown, and keeps what the caller saw when they made it", () => {
  const rows = makeRows({ sync: { cursor: 9, viewCursor: 7 } });
  edit(rows, 1, { data: { a: 1 } });
  edit(rows, 2, { entityId: "g2", data: { a: 1 } }, { baseVersion: 4 });
  assertEquals(changes(rows).map(({ baseVersion }) => baseVersion), [7, 4]);
});

Deno.test("an edit that waits while its history ends, or its database is emptied, has seen nothing", () => {
  const restarted = makeRows({ sync: { cursor: 9, viewCursor: 9, restarts: 3 } });
  edit(restarted, 1, { data: { a: 1 } }, { baseVersion: 7, restarts: 2 });
  edit(restarted, 2, { entityId: "g2", data: { a: 1 } }, { baseVersion: 7, restarts: 3 });
  assertEquals(changes(restarted).map(({ baseVersion }) => baseVersion), [0, 7]);
  const emptied = makeRows();
  edit(emptied, 1, { data: { a: 1 } }, { baseVersion: 7, restarts: 0 });
  assertEquals(changes(emptied)[0]!.baseVersion, 0);
});

Deno.test("places in the queue rise for ever, also past quarantined and settled changes", () => {
  const rows = makeRows({ quarantine: [quarantined(5)] });
  edit(rows, 6, { data: { a: 1 } });
  assertEquals([...rows.queue.keys()], [6]);
  rows.remove(["queue", 6]);
  edit(rows, 7, { data: { a: 1 } });
  assertEquals([...rows.queue.keys()], [7]);
  assertEquals(rows.queueSeq, 7);
});

Deno.test("sending merged edits does the same to any entity as sending each of them", () => {
  const names = ["a", "b", "c"];
  const field = fc.constantFrom(...names);
  const update = fc.record({
    data: fc.dictionary(field, fc.oneof(fc.integer(), fc.constant(null)), { maxKeys: 3 }),
    unset: fc.uniqueArray(field, { maxLength: 3 }),
  }).map(({ data, unset }) => ({ data, unset: unset.filter((name) => !Object.hasOwn(data, name)) }))
    .filter(({ data, unset }) => Object.keys(data).length + unset.length > 0);
  const start = fc.option(fc.dictionary(field, fc.integer(), { maxKeys: 3 }), { nil: undefined });
  fc.assert(fc.property(start, fc.array(update, { minLength: 1, maxLength: 8 }), (entity, updates) => {
    const rows = makeRows();
    updates.forEach(({ data, unset }, i) =>
      edit(rows, i, { data, ...(unset.length > 0 ? { unset } : {}) } as Partial<ChangeIntent>)
    );
    assert(rows.queue.size === 1);
    const fold = (all: { data?: JsonObject; unset?: string[] }[]) =>
      all.reduce<JsonObject | undefined>(
        (data, update) => applyEffect(data, { type: "UPDATED", ...update }),
        entity as JsonObject | undefined,
      );
    assertEquals(fold(changes(rows)), fold(updates));
    const { data = {}, unset = [] } = changes(rows)[0]!;
    assert(unset.every((name) => !Object.hasOwn(data, name)), "the server would refuse it");
  }));
});
