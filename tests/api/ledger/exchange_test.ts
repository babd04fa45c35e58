import { assert, assertEquals } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { trimLog } from "../../../api/ledger/trim.ts";
import { jsonBytes, limits } from "../../../shared/mod.ts";
import {
  countingIds,
  created,
  deleted,
  deviceA,
  deviceB,
  deviceC,
  ledgerWorld,
  onEveryStore,
  updated,
  user,
  verdictsOf,
} from "./ledger_world.ts";

onEveryStore("a push is settled in order and pulled by another device", async ({ sync }) => {
  const pushed = await sync(0, [created("a", { x: 1 }), updated("a", { y: 2 })], { deviceId: deviceA });
  assertEquals(verdictsOf(pushed), ["applied@1", "applied@2"]);
  const pulled = await sync(1, [], { deviceId: deviceB });
  assertEquals(pulled.newChanges.map(({ type, version, data }) => [type, version, data]), [["UPDATED", 2, {
    y: 2,
  }]]);
  assertEquals([pulled.latestServerVersion, pulled.serverVersion, pulled.hasMore], [2, 2, false]);
});

onEveryStore("own applied and merged changes are left out of delta pages only", async ({ sync }) => {
  await sync(0, [created("a", { x: 1 })], { deviceId: deviceA });
  const delta = await sync(1, [updated("a", { x: 2 })], { deviceId: deviceA });
  assertEquals([delta.newChanges, delta.latestServerVersion], [[], 2]);
  const compacted = await sync(2, [updated("a", { x: 3 })], { deviceId: deviceA, snapshot: true });
  assertEquals(compacted.newChanges.map(({ type, data }) => [type, data]), [["CREATED", { x: 3 }]]);
});

onEveryStore("a replay gets the first verdict and version, and the first conflict", async ({ sync }) => {
  await sync(0, [created("a", { x: 1, y: 1 })], { deviceId: deviceA });
  await sync(1, [updated("a", { x: 2, z: 2 })], { deviceId: deviceA });
  const batch = [updated("a", { x: 3 }), updated("a", { y: 9 }), created("b", {}), deleted("b")];
  const first = await sync(1, batch, { deviceId: deviceB });
  assertEquals(verdictsOf(first), ["conflict@3", "merged@4", "applied@5", "applied@6"]);
  assertEquals(first.conflicts?.length, 1);
  const again = await sync(1, [...batch, batch[0]], { deviceId: deviceB });
  assertEquals(verdictsOf(again), [
    "duplicate@3<conflict",
    "duplicate@4<merged",
    "duplicate@5<applied",
    "duplicate@6<applied",
    "duplicate@3<conflict",
  ]);
  assertEquals(again.conflicts, first.conflicts);
  assertEquals(again.serverVersion, 6);
});

onEveryStore("a change that changes nothing is marked without a row", async ({ sync, ledger }) => {
  await sync(0, [created("a", { x: 1 }), created("b", {}), deleted("b")]);
  const same = created("a", { x: 1 });
  const gone = deleted("b");
  assertEquals(verdictsOf(await sync(3, [same, gone])), ["duplicate@1", "duplicate@3"]);
  assertEquals(verdictsOf(await sync(3, [same, gone])), ["duplicate@1<duplicate", "duplicate@3<duplicate"]);
  assertEquals((await ledger.status(user)).totalChanges, 3);
});

onEveryStore(
  "a changeId used again for another change is refused, the original untouched",
  async ({ sync }) => {
    const original = created("a", { x: 1 });
    await sync(0, [original]);
    const other = { ...original, data: { x: 2 } };
    assertEquals(verdictsOf(await sync(1, [other])), ["rejected:change_id_reused"]);
    assertEquals(verdictsOf(await sync(1, [{ ...original, changeId: original.changeId.toUpperCase() }])), [
      "duplicate@1<applied",
    ]);
  },
);

onEveryStore("one bad change never fails its neighbours, and dependents say so", async ({ sync }) => {
  const bad = created("a", { n: Infinity });
  const response = await sync(0, [
    bad,
    updated("a", { x: 1 }),
    created("b", { x: 1 }),
    updated("zz", { x: 1 }),
    null,
    { changeId: "x".repeat(65) },
  ]);
  assertEquals(verdictsOf(response), [
    "rejected:number_out_of_range",
    "rejected:dependency_rejected",
    "applied@1",
    "rejected:unknown_entity",
    "rejected:invalid_change",
    "rejected:invalid_change",
  ]);
  assertEquals(response.results.slice(4).map(({ changeId }) => changeId), [null, null]);
  const retried = await sync(1, [{ ...bad, data: { n: 1 } }, updated("a", { x: 1 })]);
  assertEquals(verdictsOf(retried), ["applied@2", "applied@3"]);
});

onEveryStore(
  "a refused CREATED takes nothing of another type along, whatever its names look like",
  async ({ sync }) => {
    await sync(0, [created("x/1", { a: 1 })]);
    const response = await sync(1, [
      created("1", { a: 1 }, { entityType: "goal/x" }),
      updated("x/1", { a: 2 }),
    ]);
    assertEquals(verdictsOf(response), ["rejected:invalid_change", "applied@2"]);
  },
);

onEveryStore(
  "all fields of a wide entity can be replaced by as many others in one change",
  async ({ sync }) => {
    const fields = (name: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, i]));
    await sync(0, [created("a", fields("old", 1000))]);
    const replaced = updated("a", fields("new", 1000), { unset: Object.keys(fields("old", 1000)) });
    const widened = updated("a", fields("more", 600), { unset: Object.keys(fields("new", 599)) });
    assertEquals(verdictsOf(await sync(1, [replaced, widened])), ["applied@2", "rejected:too_large"]);
  },
);

onEveryStore("a field that is removed twice by one change is in dispute once", async ({ sync, ledger }) => {
  await sync(0, [created("a", { x: 1 })], { deviceId: deviceA });
  await sync(1, [updated("a", { x: 2 })], { deviceId: deviceA });
  const twice = { unset: ["x", "x"], baseVersion: 1 };
  const { conflicts } = await sync(2, [updated("a", {}, twice)], { deviceId: deviceB });
  assertEquals(conflicts?.map(({ fields }) => fields), [[{ name: "x", theirs: 2 }]]);
  await sync(3, [deleted("a")], { deviceId: deviceA });
  await sync(4, [created("a", { x: 3 })], { deviceId: deviceA });
  const below = await sync(5, [updated("a", {}, twice)], { deviceId: deviceB });
  assertEquals(below.conflicts?.map(({ fields }) => fields), [[{ name: "x", theirs: 3 }]]);
  const { rows } = await ledger.conflicts(user, { limit: 10 });
  assertEquals(rows.map(({ fields }) => fields?.length), [1, 1]);
});

onEveryStore("rejections leave no mark, and alone they leave no trace", async ({ sync, ledger }) => {
  const early = updated("a", { x: 1 });
  assertEquals(verdictsOf(await sync(0, [early])), ["rejected:unknown_entity"]);
  assertEquals((await ledger.history(user, { limit: 10 })).rows, []);
  await sync(0, [created("a", {})]);
  assertEquals(verdictsOf(await sync(1, [early])), ["applied@2"]);
});

onEveryStore("entities too large after merging are refused", async ({ sync }) => {
  const big = "x".repeat(200 * 1024);
  const response = await sync(0, [
    created("a", { a: big }),
    updated("a", { b: big }),
    updated("a", { c: 1 }),
  ]);
  assertEquals(verdictsOf(response), ["applied@1", "rejected:too_large", "applied@2"]);
  const fields = (from: number) =>
    Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${from + i}`, i]));
  const wide = await sync(2, [created("w", fields(0)), updated("w", fields(600))]);
  assertEquals(verdictsOf(wide), ["applied@3", "rejected:too_large"]);
});

onEveryStore(
  "the site's schema judges whole entities: the CREATED, and the UPDATED after merging",
  async ({ sync }) => {
    const response = await sync(0, [
      created("a", { title: "t" }),
      updated("a", { n: 1 }),
      updated("a", { n: 1 }, { unset: ["title"] }),
      created("b", {}),
    ]);
    assertEquals(verdictsOf(response), [
      "applied@1",
      "applied@2",
      "rejected:invalid_data",
      "rejected:invalid_data",
    ]);
    assertEquals(response.results[3]?.reason, "A goal needs a title.");
  },
  { validateData: (_type, data) => "title" in data ? null : "A goal needs a title." },
);

onEveryStore("an edit is its own device's whatever its base", async ({ sync }) => {
  await sync(0, [created("a", { x: 1 })], { deviceId: deviceA });
  await sync(1, [updated("a", { x: 2 })], { deviceId: deviceA });
  const own = await sync(1, [updated("a", { x: 3 }, { baseVersion: 0 })], {
    deviceId: deviceA.toUpperCase(),
  });
  assertEquals(verdictsOf(own), ["applied@3"]);
  const nameless = await sync(1, [updated("a", { x: 4 })]);
  assertEquals(verdictsOf(nameless), ["conflict@4"]);
  const otherNameless = await sync(1, [updated("a", { x: 5 })]);
  assertEquals(verdictsOf(otherNameless), ["conflict@5"], "a missing deviceId is never the same as another");
});

onEveryStore("what the same request wrote is seen, replays included", async ({ sync }) => {
  await sync(0, [created("a", { x: 0 })]);
  const first = updated("a", { x: 1 });
  assertEquals(verdictsOf(await sync(1, [first, updated("a", { x: 2 })])), ["applied@2", "applied@3"]);
  const second = updated("a", { x: 3 });
  assertEquals(verdictsOf(await sync(3, [second])), ["applied@4"]);
  assertEquals(verdictsOf(await sync(3, [second, updated("a", { x: 4 })])), [
    "duplicate@4<applied",
    "applied@5",
  ]);
});

onEveryStore("a base above the head counts as 0", async ({ sync }) => {
  await sync(0, [created("a", { x: 1 })], { deviceId: deviceA });
  const response = await sync(1, [updated("a", { x: 2 }, { baseVersion: 99 })], { deviceId: deviceB });
  assertEquals(verdictsOf(response), ["conflict@2"]);
});

onEveryStore("delta pages keep to the limit and never miss or repeat a change", async ({ sync }) => {
  await sync(0, Array.from({ length: 60 }, (_, i) => created(`e${i}`, { i })), { deviceId: deviceA });
  for (const limit of [1, 7, 25, 1000]) {
    const versions: number[] = [];
    for (let cursor = 1, more = true; more;) {
      const page = await sync(cursor, [], { limit });
      assert(page.newChanges.length <= limit);
      assertEquals(page.checksum === undefined, page.hasMore);
      versions.push(...page.newChanges.map(({ version }) => version));
      assert(page.latestServerVersion > cursor);
      ({ latestServerVersion: cursor, hasMore: more } = page);
    }
    assertEquals(versions, Array.from({ length: 59 }, (_, i) => i + 2));
  }
});

onEveryStore(
  "a push behind others' changes gets a page of the limit asked for, not more",
  async ({ sync }) => {
    await sync(0, Array.from({ length: 30 }, (_, i) => created(`e${i}`, { i })), { deviceId: deviceA });
    const response = await sync(5, [updated("e1", { i: -1 })], { deviceId: deviceB, limit: 3 });
    assertEquals(verdictsOf(response), ["applied@31"]);
    assertEquals(response.newChanges.map(({ version }) => version), [6, 7, 8]);
    assertEquals([response.latestServerVersion, response.serverVersion, response.hasMore], [8, 31, true]);
  },
);

onEveryStore("a compacted pull gives each entity once, and deletions only above 0", async ({ sync }) => {
  await sync(0, [created("a", { x: 1 }), created("b", { x: 1 }), created("c", { x: 1 })]);
  await sync(3, [updated("a", { x: 2 }), deleted("b")]);
  const fromZero = await sync(0);
  assertEquals(fromZero.newChanges.map(({ type, entityId, version }) => [type, entityId, version]), [
    ["CREATED", "c", 3],
    ["CREATED", "a", 4],
  ]);
  assertEquals([fromZero.latestServerVersion, fromZero.hasMore, fromZero.snapshot], [5, false, undefined]);
  const resumed = await sync(3, [], { snapshot: true });
  assertEquals(resumed.newChanges.map(({ type, entityId }) => [type, entityId]), [["CREATED", "a"], [
    "DELETED",
    "b",
  ]]);
});

onEveryStore("an interrupted compacted pull resumes at its cursor beside writes", async ({ sync }) => {
  await sync(0, Array.from({ length: 9 }, (_, i) => created(`e${i}`, { i })), { deviceId: deviceA });
  const base = new Map<string, unknown>();
  let cursor = 0;
  for (let turn = 0;; turn++) {
    assert(turn < 50, "the pull must end");
    const page = await sync(cursor, [], { limit: 2, ...(cursor > 0 ? { snapshot: true } : {}) });
    for (const { type, entityId, data } of page.newChanges) {
      if (type === "DELETED") base.delete(entityId);
      else base.set(entityId, data);
    }
    cursor = page.latestServerVersion;
    assertEquals(page.snapshot ?? false, page.hasMore);
    if (!page.hasMore) break;
    if (turn === 1) await sync(9, [deleted("e0"), updated("e8", { i: "new" })], { deviceId: deviceC });
    if (turn === 2) await sync(9, [created("e0", { again: 1 }), deleted("e7")], { deviceId: deviceC });
  }
  const whole = await sync(0);
  const expected = whole.newChanges.map(({ entityId, data }) => [entityId, data]);
  const order = (entries: Iterable<unknown>) => [...entries].map((one) => JSON.stringify(one)).sort();
  assertEquals(order(base), order(expected));
});

onEveryStore("answers stay within 900 KiB, conflicts and changes together", async ({ sync }) => {
  const lines = (tag: string) => ({ text: tag + "x".repeat(120 * 1024) });
  const ids = ["a", "b", "c", "d", "e", "f", "g"];
  await sync(0, ids.map((id) => created(id, lines("1"))), { deviceId: deviceA });
  await sync(7, ids.map((id) => updated(id, lines("2"))), { deviceId: deviceA });
  const response = await sync(7, ids.map((id) => updated(id, lines("3"))), {
    deviceId: deviceB,
    limit: 1000,
  });
  assertEquals(new Set(response.results.map(({ status }) => status)), new Set(["conflict"]));
  const { conflicts = [], newChanges } = response;
  assertEquals(conflicts.length, 7);
  const truncated = conflicts.filter((conflict) => conflict.truncated);
  assert(truncated.length > 0 && truncated.length < 7);
  assert(truncated.every((conflict) => conflict.fields === undefined && conflict.theirs !== undefined));
  assert(JSON.stringify(conflicts).length <= 900 * 1024);
  assertEquals(newChanges.length, 1, "one change is always delivered");
  assert(response.hasMore);
});

onEveryStore("a conflict names the other side even when later writes hid it", async ({ sync }) => {
  await sync(0, [created("a", { x: 1, y: 1 })], { deviceId: deviceA });
  const lost = updated("a", { x: 2 });
  await sync(1, [lost, updated("a", { y: 2 })], { deviceId: deviceA });
  const response = await sync(1, [updated("a", { x: 3 })], { deviceId: deviceB });
  const theirs = response.conflicts?.[0]?.theirs;
  assertEquals([theirs?.changeId, theirs?.version, theirs?.deviceId], [lost.changeId, 2, deviceA]);
});

onEveryStore(
  "a deletion tells what it removed, also when the row of the unseen write is trimmed",
  async (world) => {
    const { sync, store, clock, ledger } = world;
    const deps = { store, clock, ids: countingIds(), random: { next: () => 0.5 } };
    await sync(0, [created("a", { x: 1, y: 1, kept: "long ago" })], { deviceId: deviceA });
    await sync(1, [updated("a", { y: 2 })], { deviceId: deviceB });
    clock.advance(1000);
    const trimming = await trimLog(deps, user, clock.nowMs());
    assert(trimming.ok && trimming.trimmed === 2);
    const own = updated("a", { x: 9 }, { baseVersion: 1 });
    const removal = deleted("a", { baseVersion: 1 });
    const response = await sync(1, [own, removal], { deviceId: deviceA });
    assertEquals(verdictsOf(response), ["merged@3", "conflict@4"]);
    const [told] = response.conflicts!;
    assertEquals([told?.reason, told?.theirs?.version, told?.theirs?.deviceId], [
      "updated_on_server",
      2,
      deviceB,
    ]);
    assertEquals(told?.theirs?.data, { x: 9, y: 2, kept: "long ago" });
    const again = await sync(1, [own, removal], { deviceId: deviceA });
    assertEquals(again.conflicts, [told!], "a replay tells the same");
    assertEquals((await ledger.conflicts(user, { limit: 9 })).rows[0]?.theirs, told!.theirs!);
    const pulled = await sync(3, [], { deviceId: deviceB });
    assertEquals(pulled.newChanges[0]?.conflict?.lostDeviceId, deviceB, "whose value lost still hears of it");
  },
);

onEveryStore("a device hears of the value it lost", async ({ sync }) => {
  await sync(0, [created("a", { x: 1 })], { deviceId: deviceA });
  await sync(1, [updated("a", { x: 2 })], { deviceId: deviceB });
  await sync(1, [updated("a", { x: 3 })], { deviceId: deviceC });
  const pulled = await sync(2, [], { deviceId: deviceB });
  assertEquals(pulled.newChanges[0]?.conflict, {
    reason: "same_field",
    fields: [{ name: "x", kept: 3, lost: 2 }],
    lostDeviceId: deviceB,
  });
});

onEveryStore("a partly applied change is pulled as what it did", async ({ sync }) => {
  await sync(0, [created("a", { x: 1 })], { deviceId: deviceA });
  const joined = await sync(0, [created("a", { x: 2, y: 2 })], { deviceId: deviceB });
  assertEquals(verdictsOf(joined), ["conflict@2"]);
  const pulled = await sync(1, [], { deviceId: deviceC });
  assertEquals(pulled.newChanges.map(({ type, data, conflict }) => [type, data, conflict]), [[
    "UPDATED",
    { y: 2 },
    undefined,
  ]]);
});

onEveryStore("fields may be called like methods of objects", async ({ sync }) => {
  const names = ["toString", "hasOwnProperty", "valueOf", "__defineGetter__"];
  const data = Object.fromEntries(names.map((name, i) => [name, i]));
  await sync(0, [created("a", data)], { deviceId: deviceA });
  await sync(1, [updated("a", { toString: "A" })], { deviceId: deviceA });
  const response = await sync(1, [updated("a", { toString: "B", valueOf: 2, isPrototypeOf: 1 })], {
    deviceId: deviceB,
  });
  assertEquals(response.conflicts?.[0]?.fields, [{ name: "toString", yours: "B", theirs: "A" }]);
  const whole = await sync(0);
  assertEquals(whole.newChanges[0]?.data, { ...data, toString: "B", isPrototypeOf: 1 });
});

onEveryStore("the kill switch pauses the exchange and nothing else", async ({ ledger }) => {
  const answer = await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [] });
  assertEquals(answer, { ok: false, code: "paused", retryAfterMs: 60_000 });
  assertEquals((await ledger.status(user)).totalChanges, 0);
}, { paused: true });

onEveryStore("audit trail: history and conflicts page backwards, newest first", async ({ sync, ledger }) => {
  await sync(0, [created("a", { x: 1 }), created("b", { x: 1 })], { deviceId: deviceA });
  await sync(2, [updated("a", { x: 2 }), deleted("b")], { deviceId: deviceA });
  await sync(2, [updated("a", { x: 3 }), updated("b", { x: 3 })], { deviceId: deviceB });
  const first = await ledger.history(user, { limit: 4 });
  assertEquals(first.rows.map(({ version, status, effect }) => [version, status, effect]), [
    [6, "conflict", "none"],
    [5, "conflict", "updated"],
    [4, "applied", "deleted"],
    [3, "applied", "updated"],
  ]);
  const rest = await ledger.history(user, { limit: 4, before: first.nextBefore! });
  assertEquals([rest.rows.map(({ version }) => version), rest.nextBefore], [[2, 1], null]);
  const ofA = await ledger.history(user, { entityType: "goal", entityId: "a", limit: 10 });
  assertEquals(ofA.rows.map(({ version }) => version), [5, 3, 1]);
  const conflicts = await ledger.conflicts(user, { limit: 1 });
  assertEquals(conflicts.rows.map(({ reason, winner, version }) => [reason, winner, version]), [[
    "deleted_on_server",
    "theirs",
    6,
  ]]);
  const older = await ledger.conflicts(user, { limit: 5, before: conflicts.nextBefore! });
  assertEquals(older.rows.map(({ reason }) => reason), ["same_field"]);
});

onEveryStore("an export streams head, live entities and all changes", async ({ sync, ledger }) => {
  await sync(0, [created("a", { x: 1 }), created("b", {}), deleted("b")]);
  const lines = await Array.fromAsync(ledger.export(user));
  assertEquals(lines.map(({ kind }) => kind), ["head", "entity", "change", "change", "change"]);
  assertEquals(lines[1], { kind: "entity", entityType: "goal", entityId: "a", version: 1, data: { x: 1 } });
});

onEveryStore(
  "devices are noted with a push, and with a poll every five minutes",
  async ({ sync, ledger, clock }) => {
    await sync(0, [created("a", {})], { deviceId: deviceA });
    const seen = async () => (await ledger.status(user)).devices.map(({ lastSeenAt }) => lastSeenAt);
    const [first] = await seen();
    clock.advance(60_000);
    await sync(1, [], { deviceId: deviceA });
    assertEquals(await seen(), [first!]);
    clock.advance(5 * 60_000);
    await sync(1, [], { deviceId: deviceA });
    assert((await seen())[0]! > first!);
  },
);

onEveryStore("users share nothing, not even a changeId", async ({ sync, ledger }) => {
  const shared = created("a", { x: 1 });
  await sync(0, [shared]);
  const other = await ledger.exchange("user-2", { lastKnownServerVersion: 0, changes: [shared] });
  assert(other.ok);
  assertEquals(verdictsOf(other.response), ["applied@1"]);
});

onEveryStore("a deletion that changed nothing makes nobody else's deletion seen", async ({ sync }) => {
  await sync(0, [created("a", { x: 1 })], { deviceId: deviceA });
  await sync(1, [deleted("a")], { deviceId: deviceB });
  const again = deleted("a");
  const restore = () => created("a", { x: 2 }, { baseVersion: 1 });
  const first = await sync(1, [again, restore()], { deviceId: deviceA });
  assertEquals(verdictsOf(first), ["duplicate@2", "conflict@3"]);
  const replayed = await sync(1, [again, restore()], { deviceId: deviceA });
  assertEquals(verdictsOf(replayed), ["duplicate@2<duplicate", "conflict@4"]);
});

onEveryStore("a change that is twice in one request is settled once", async ({ sync, ledger }) => {
  const first = created("a", { x: 1 });
  const second = updated("a", { x: 2 });
  const response = await sync(0, [first, second, second, { ...second, data: { x: 3 } }, first]);
  assertEquals(verdictsOf(response), [
    "applied@1",
    "applied@2",
    "duplicate@2<applied",
    "rejected:change_id_reused",
    "duplicate@1<applied",
  ]);
  assertEquals((await ledger.status(user)).totalChanges, 2);
});

onEveryStore("pages of both kinds keep to 900 KiB, and one change is always delivered", async ({ sync }) => {
  const text = "é".repeat(60 * 1024);
  const ids = Array.from({ length: 12 }, (_, i) => `"${i}"`);
  for (const half of [ids.slice(0, 6), ids.slice(6)]) {
    await sync(0, half.map((id) => created(id, { text })), { deviceId: deviceA });
  }
  for (const snapshot of [true, false]) {
    const seen: string[] = [];
    let pages = 0;
    for (let cursor = snapshot ? 0 : 1, more = true; more; pages++) {
      const page = await sync(cursor, [], { limit: 1000, ...(snapshot ? { snapshot } : {}) });
      assert(jsonBytes(page.newChanges) <= limits.pageBytesMax);
      seen.push(...page.newChanges.map(({ entityId }) => entityId));
      ({ latestServerVersion: cursor, hasMore: more } = page);
    }
    assertEquals([pages, seen], [2, snapshot ? ids : ids.slice(1)]);
  }
});

Deno.test("the run-time kill switch is read with the head of every exchange", async () => {
  const store = memoryLedgerStore();
  const { ledger } = ledgerWorld(store);
  await ledger.flags.change({ paused: true }, { by: "operator", via: "command" });
  const request = { lastKnownServerVersion: 0, changes: [created("a", {})] };
  assertEquals(await ledger.exchange(user, request), { ok: false, code: "paused", retryAfterMs: 60_000 });
  await ledger.flags.change({ paused: false }, { by: "operator", via: "command" });
  assert((await ledger.exchange(user, request)).ok);
});

onEveryStore(
  "a request without an epoch is served compacted, whatever its cursor",
  async ({ sync, ledger }) => {
    await sync(0, [created("a", { x: 1, y: 1 }), updated("a", { x: 2 })], { deviceId: deviceA });
    const answer = await ledger.exchange(user, { lastKnownServerVersion: 1, changes: [] });
    assert(answer.ok);
    assertEquals(answer.response.newChanges.map(({ type, data }) => [type, data]), [["CREATED", {
      x: 2,
      y: 1,
    }]]);
  },
);
