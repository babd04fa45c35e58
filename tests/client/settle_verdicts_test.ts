import { assertEquals } from "@std/assert";
import type { SyncResponse } from "../../shared/mod.ts";
import type { DeviceRows } from "../../client/device_rows.ts";
import { settleVerdicts } from "../../client/network/settle_verdicts.ts";
import { entityKey } from "../../client/rows.ts";
import {
  acked,
  answer,
  makeRows,
  perform,
  quarantined,
  queued,
  rejection,
  uuid,
  verdict,
} from "./world/make_rows.ts";

const times = { nowMs: 5, serverTimeMs: 77 };

/** Settles an answer on the queue rows that were `sent` and writes the outcome. */
function settle(rows: DeviceRows, more: Partial<SyncResponse>, sent = [...rows.queue.values()]) {
  const out = settleVerdicts(rows, sent, answer(more), times);
  perform(rows, { put: out.put, remove: out.remove, result: undefined });
  return out;
}

Deno.test("settled changes leave the queue and are kept with their version and the server's time", () => {
  const rows = makeRows({ queue: [queued(1), queued(2, { entityId: "g2" })] });
  const out = settle(rows, { results: [verdict(1, "applied", 4), verdict(2, "merged", 5)] });
  assertEquals(rows.queue.size, 0);
  assertEquals(
    [...rows.acked.values()].map(({ version, effect, settledAtMs, status, change }) => ({
      version,
      effect,
      settledAtMs,
      status,
      id: change.changeId,
    })),
    [
      { version: 4, effect: true, settledAtMs: 77, status: "applied", id: uuid(1) },
      { version: 5, effect: true, settledAtMs: 77, status: "merged", id: uuid(2) },
    ],
  );
  assertEquals(out.settled.map(({ version }) => version), [4, 5]);
});

Deno.test("a verdict `retry` changes nothing", () => {
  const rows = makeRows({ queue: [queued(1), queued(2)] });
  const out = settle(rows, { results: [verdict(1, "applied", 1), verdict(2, "retry")] });
  assertEquals([...rows.queue.keys()], [2]);
  assertEquals([out.settled.length, out.rejected.length], [1, 0]);
});

Deno.test("only what acted as it was sent has an effect in the view", () => {
  const conflict = { reason: "same_field" as const, entityType: "goal", entityId: "g1", version: 3 };
  const effectOf = (status: "conflict" | "duplicate", winner?: "yours" | "theirs", original?: "applied") => {
    const rows = makeRows({ queue: [queued(1)] });
    settle(rows, {
      results: [verdict(1, status, 3, original ? { original } : {})],
      ...(winner ? { conflicts: [{ ...conflict, changeId: uuid(1), winner }] } : {}),
    });
    return [...rows.acked.values()][0]!.effect;
  };
  assertEquals(effectOf("conflict", "yours"), true);
  assertEquals(effectOf("conflict", "theirs"), false);
  assertEquals(effectOf("conflict"), false, "nobody said who won");
  assertEquals(effectOf("duplicate", undefined, "applied"), true);
  assertEquals(effectOf("duplicate"), false, "it changed nothing");
});

Deno.test("a rejected change is set aside with its place and reason, and its entity rolls back", () => {
  const row = queued(3, { type: "CREATED" }, { sent: true, schemaVersion: 2 });
  const rows = makeRows({ queue: [row] });
  const out = settle(rows, { results: [rejection(3)] });
  assertEquals(rows.queue.size, 0);
  assertEquals(rows.quarantine.get(uuid(3)), {
    seq: 3,
    change: row.change,
    schemaVersion: 2,
    sent: true,
    code: "invalid_data",
    reason: "It breaks the site's rules.",
    failedAt: 5,
  });
  assertEquals([...out.rollback], [entityKey("goal", "g1")]);
});

Deno.test("what a rejected CREATED takes with it names it; a stranger's change is applied all the same", () => {
  const rows = makeRows({
    queue: [queued(1, { type: "CREATED" }), queued(2), queued(3, { entityId: "g2" })],
  });
  settle(rows, { results: [rejection(1), rejection(2, "dependency_rejected"), verdict(3, "applied", 1)] });
  assertEquals(rows.quarantine.get(uuid(2))!.dependsOn, uuid(1));
  assertEquals(rows.quarantine.get(uuid(1))!.dependsOn, undefined);
  assertEquals([...rows.acked.values()].map(({ change }) => change.changeId), [uuid(3)]);
});

Deno.test("a settled verdict that comes late takes its change out of quarantine", () => {
  const late = quarantined(1);
  const rows = makeRows({ quarantine: [late] });
  settle(rows, { results: [verdict(1, "duplicate", 9, { original: "applied" })] }, [{ ...queued(1) }]);
  assertEquals(rows.quarantine.size, 0);
  assertEquals(rows.acked.get(`9 ${uuid(1)}`)?.effect, true);
});

Deno.test("a late rejection does not touch what is set aside already", () => {
  const late = quarantined(1, {}, { code: "too_large" });
  const rows = makeRows({ quarantine: [late] });
  const out = settle(rows, { results: [rejection(1)] }, [queued(1)]);
  assertEquals(rows.quarantine.get(uuid(1)), late);
  assertEquals(out.rejected, []);
});

Deno.test("a doubled answer settles nothing a second time", () => {
  const sent = [queued(1)];
  const rows = makeRows({ acked: [acked(1, 4)] });
  const out = settle(rows, { results: [verdict(1, "applied", 4)] }, sent);
  assertEquals([out.settled, out.put, out.remove], [[], [], []]);
});
