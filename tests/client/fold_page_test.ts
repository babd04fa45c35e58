import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  addTerm,
  applyEffect,
  type Checksum,
  checksumTerm,
  emptyChecksum,
  formatChecksum,
  type JsonObject,
  type PulledChange,
  type SyncResponse,
} from "../../shared/mod.ts";
import type { DeviceRows } from "../../client/device_rows.ts";
import { foldPage } from "../../client/network/fold_page.ts";
import type { QueueRow } from "../../client/rows.ts";
import { answer, batchOf, makeRows, perform, queued, serverTime, uuid, verdict } from "./world/make_rows.ts";

/** An effect as the server sends it. */
function pulled(version: number, more: Partial<PulledChange> = {}): PulledChange {
  return {
    changeId: uuid(1000 + version),
    type: "UPDATED",
    entityType: "goal",
    entityId: "g1",
    timestamp: 1,
    createdAt: serverTime,
    version,
    ...(more.type === "DELETED" ? {} : { data: { v: version } }),
    ...more,
  };
}

function fold(rows: DeviceRows, more: Partial<SyncResponse>, sent: QueueRow[] = []) {
  const page = foldPage(rows, rows.sync, batchOf(rows, sent), answer(more), false);
  perform(rows, { put: page.put, remove: page.remove, result: undefined });
  return page;
}

const goal = (rows: DeviceRows, id = "g1") => rows.base[0].get("goal")?.get(id);
const delta = { epoch: "e1", cursor: 5 };

Deno.test("a delta page folds this request's own changes at their place among the pulled ones", () => {
  const rows = makeRows({ sync: delta, base: { g1: { version: 5, data: { a: 0 } } } });
  const own = queued(1, { data: { a: "mine", b: "mine" } });
  const page = fold(rows, {
    latestServerVersion: 8,
    newChanges: [
      pulled(6, { data: { a: "before", b: "before" } }),
      pulled(8, { data: { b: "after" } }),
    ],
    results: [verdict(1, "merged", 7)],
  }, [own]);
  assertEquals(goal(rows), { version: 8, data: { a: "mine", b: "after" } });
  assertEquals(page.effects.map(({ change, own }) => [change.version, own]), [[6, false], [7, true], [
    8,
    false,
  ]]);
  assertEquals(page.changed, 1);
});

Deno.test("own changes beyond the page are not folded: a later page brings them", () => {
  const rows = makeRows({ sync: delta, base: { g1: { version: 5, data: { a: 0 } } } });
  fold(rows, { latestServerVersion: 6, hasMore: true, results: [verdict(1, "applied", 7)] }, [queued(1)]);
  assertEquals(goal(rows), { version: 5, data: { a: 0 } });
});

Deno.test("conflicts and duplicates come with the page and are never folded from the batch", () => {
  const rows = makeRows({ sync: delta, base: { g1: { version: 5, data: { a: 0 } } } });
  fold(rows, {
    latestServerVersion: 7,
    newChanges: [pulled(6, { changeId: uuid(1), data: { n: 1 } })],
    results: [verdict(1, "duplicate", 6, { original: "applied" }), verdict(2, "conflict", 7)],
  }, [queued(1), queued(2)]);
  assertEquals(goal(rows), { version: 6, data: { a: 0, n: 1 } });
});

Deno.test("an effect that the page brings although it is our own is folded once", () => {
  const rows = makeRows({ sync: delta });
  const page = fold(rows, {
    latestServerVersion: 6,
    newChanges: [pulled(6, { type: "CREATED", changeId: uuid(1) })],
    results: [verdict(1, "applied", 6)],
  }, [queued(1, { type: "CREATED" })]);
  assertEquals(page.effects.length, 1);
  assertEquals(goal(rows), { version: 6, data: { v: 6 } });
});

Deno.test("a compacted page is the whole truth: own changes are taken from it alone", () => {
  for (
    const sync of [{ epoch: null }, { epoch: "e1", cursor: 3, snapshot: true }, { epoch: "e1", cursor: 0 }]
  ) {
    const rows = makeRows({ sync });
    const page = fold(rows, {
      latestServerVersion: 9,
      newChanges: [pulled(9, { type: "CREATED", data: { whole: true } })],
      results: [verdict(1, "applied", 7), verdict(2, "applied", 8)],
    }, [queued(1, { type: "CREATED", entityId: "gone" }), queued(2)]);
    assertEquals(page.compacted, true);
    assertEquals(goal(rows), { version: 9, data: { whole: true } });
    assertEquals(goal(rows, "gone"), undefined, "it was deleted again behind our back");
  }
});

Deno.test("a deletion in the page leaves no row, and an update does not revive it", () => {
  const rows = makeRows({ sync: delta, base: { g1: { version: 5, data: { a: 0 } } } });
  fold(rows, { latestServerVersion: 7, newChanges: [pulled(6, { type: "DELETED" }), pulled(7)] });
  assertEquals(goal(rows), undefined);
});

Deno.test("what was created and deleted within one page is named, so that the view looks again", () => {
  const rows = makeRows({ sync: delta });
  const page = fold(rows, {
    latestServerVersion: 7,
    newChanges: [pulled(6, { type: "CREATED" }), pulled(7, { type: "DELETED" })],
  });
  assertEquals(page.remove, [["base", 0, "goal", "g1"]]);
});

Deno.test("a staged pull fills the other slot and reads nothing from the one that is shown", () => {
  const rows = makeRows({
    sync: { epoch: null, staging: true, shownSlot: 0 },
    base: { g1: { version: 50, data: { old: 1 } } },
  });
  fold(rows, { latestServerVersion: 3, newChanges: [pulled(3)] });
  assertEquals(goal(rows), { version: 50, data: { old: 1 } });
  assertEquals(rows.base[1].get("goal")?.get("g1"), undefined, "an update alone makes no entity");
});

Deno.test("the checksum kept page by page is the one of the state summed anew", () => {
  const ids = fc.constantFrom("g1", "g2", "ü");
  const step = fc.record({
    id: ids,
    type: fc.constantFrom("CREATED" as const, "UPDATED" as const, "DELETED" as const),
    data: fc.dictionary(fc.constantFrom("a", "b"), fc.oneof(fc.integer(), fc.string()), { maxKeys: 2 }),
    own: fc.boolean(),
    pageEnds: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
    const rows = makeRows({ sync: { epoch: "e1", cursor: 1 } });
    const truth = new Map<string, { version: number; data: JsonObject }>();
    let version = 1;
    let page: { pulled: PulledChange[]; sent: QueueRow[]; results: SyncResponse["results"] } = {
      pulled: [],
      sent: [],
      results: [],
    };
    for (const [i, { id, type, data, own, pageEnds }] of steps.entries()) {
      version++;
      const intent = { type, entityId: id, ...(type === "DELETED" ? {} : { data }) };
      const after = applyEffect(truth.get(id)?.data, intent);
      if (after) truth.set(id, { version, data: after });
      else truth.delete(id);
      if (own) {
        page.sent.push(queued(i, intent));
        page.results.push(verdict(i, "applied", version));
      } else page.pulled.push(pulled(version, intent));
      if (!pageEnds && i < steps.length - 1) continue;
      const folded = fold(rows, {
        latestServerVersion: version,
        newChanges: page.pulled,
        results: page.results,
      }, page.sent);
      rows.set(["meta", "sync"], { ...rows.sync, cursor: version, checksum: folded.checksum });
      page = { pulled: [], sent: [], results: [] };
      let sum: Checksum = emptyChecksum;
      for (const [id, row] of truth) sum = addTerm(sum, checksumTerm("goal", id, row.version, row.data));
      assertEquals(folded.checksumText, formatChecksum(sum));
    }
    assertEquals(new Map(rows.base[0].get("goal")), truth);
  }));
});
