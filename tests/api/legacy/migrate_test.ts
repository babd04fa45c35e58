/** Rows of the older system become changes of the ledger: each once, whatever was there before. */
import { assert, assertEquals } from "@std/assert";
import { derivedChangeId } from "../../../shared/derived_change_id.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { createLedger } from "../../../api/ledger/ledger.ts";
import {
  countingIds,
  created,
  deleted,
  deviceA,
  deviceB,
  type LedgerWorld,
  ledgerWorld,
  onEveryStore,
  updated,
  user,
  verdictsOf,
} from "../ledger/ledger_world.ts";
import { entryRow, legacyRow, liveData, migrateAll, putRows } from "./legacy_rows.ts";

const nothing = { migrated: false, entriesConverted: 0, goalsConverted: 0, remaining: 0 };

/** Another isolate on the same store. */
function otherIsolate({ store, clock }: LedgerWorld) {
  return createLedger({ store, clock, ids: countingIds(), random: { next: () => 0.5 } });
}

onEveryStore("rows become CREATED changes in the log's form, and stay as they are", async (world) => {
  const { ledger, store } = world;
  const rows = [
    legacyRow("goal", "g1", { title: "Scales", status: "ACTIVE", milestones: "[]", userId: "x" }),
    legacyRow("logbook_entry", "e1", { timestamp: 1753913700000, goals: ["g1"], type: "LESSON" }),
    legacyRow("user_preferences", "p1", {}, { data: '{"theme":"dark"}' }),
    legacyRow("goal", "g2", {}, { data: '{"title":"No id"}' }),
  ];
  await putRows(store, user, rows);
  const [report, ...more] = await migrateAll(ledger, user);
  assertEquals(more, []);
  assertEquals(report, {
    migrated: true,
    alreadyMigrated: false,
    entriesConverted: 1,
    goalsConverted: 2,
    remaining: 0,
    skipped: [],
  });
  assertEquals(await liveData(ledger, user), {
    "goal/g1": { id: "g1", title: "Scales", status: "active", milestones: [] },
    "goal/g2": { id: "g2", title: "No id" },
    "logbook_entry/e1": {
      id: "e1",
      timestamp: "2025-07-30T22:15:00.000Z",
      goalIds: ["g1"],
      type: "lesson",
      createdAt: "2025-07-30T22:15:00.000Z",
      updatedAt: "2025-07-30T22:15:00.000Z",
    },
    "user_preferences/p1": { theme: "dark" },
  });
  const { rows: log } = await ledger.history(user, { limit: 10 });
  assertEquals(log.map(({ version, type, status }) => [version, type, status]), [
    [4, "CREATED", "applied"],
    [3, "CREATED", "applied"],
    [2, "CREATED", "applied"],
    [1, "CREATED", "applied"],
  ]);
  const g1 = log.find(({ entityId }) => entityId === "g1")!;
  assertEquals(g1.changeId, derivedChangeId([user, "goal", "g1", g1.data]));
  assertEquals(g1.timestamp, Date.parse("2025-07-30T23:01:12.418Z"));
  const kept = await store.listLegacyRows(user, { after: null, limit: 9, bytesMax: 1e9 });
  const byId = (all: typeof rows) => all.toSorted((a, b) => a.entityId < b.entityId ? -1 : 1);
  assertEquals(byId(kept), byId(rows));
  const again = await ledger.migrate(user);
  assertEquals(again, { ok: true, report: { ...nothing, alreadyMigrated: true, skipped: [] } });
});

onEveryStore("a user without rows has nothing to migrate", async ({ ledger }) => {
  const result = await ledger.migrate(user);
  assertEquals(result, { ok: true, report: { ...nothing, alreadyMigrated: false, skipped: [] } });
});

onEveryStore(
  "bad rows are named with a reason, then and later, and stop nobody",
  async ({ ledger, store }) => {
    const deep = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;
    const bad = [
      legacyRow("goal", "b1", {}, { data: '{"id":"b1","title' }),
      legacyRow("goal", "b2", {}, { data: "[]" }),
      legacyRow("goal", "b3", {}, { data: '{"id":"another"}' }),
      legacyRow("goal", "b4", {}, { data: '{"id":"b4","__proto__":{"x":1}}' }),
      legacyRow("goal", "b5", {}, { data: `{"id":"b5","deep":${deep}}` }),
      legacyRow("goal", "b6", {}, { data: '{"id":"b6","n":1e400}' }),
      legacyRow("goal", "b7", { text: "x".repeat(300_000) }),
      legacyRow("Goal!", "b8"),
      legacyRow("goal", "b9".padEnd(200, "x")),
      legacyRow("goal", "", {}, { entityId: "b\u0007", data: "{}" }),
    ];
    await putRows(store, user, [...bad, legacyRow("goal", "good")]);
    const [report] = await migrateAll(ledger, user);
    assertEquals(report!.goalsConverted, 1);
    const named = (skipped: { entityId: string }[]) => skipped.map(({ entityId }) => entityId).sort();
    const expected = bad.map(({ entityId }) => entityId).sort();
    assertEquals(named(report!.skipped), expected);
    for (const { reason } of report!.skipped) assert(/^.{20,}\.$/.test(reason), reason);
    const later = await ledger.migrate(user);
    assert(later.ok);
    assertEquals(named(later.report.skipped), expected);
    assertEquals(Object.keys(await liveData(ledger, user)), ["goal/good"]);

    await putRows(store, user, [legacyRow("goal", "b1", { title: "Repaired" })]);
    const [repaired] = await migrateAll(ledger, user);
    assertEquals([repaired!.goalsConverted, repaired!.skipped.length], [2, bad.length - 1]);
    assertEquals(Object.keys(await liveData(ledger, user)), ["goal/b1", "goal/good"]);
  },
);

onEveryStore("a deleted row is a tombstone: no copy of it brings it back", async (world) => {
  const { ledger, store, sync } = world;
  const record = { title: "Gone" };
  await putRows(store, user, [
    legacyRow("goal", "a", record, { deletedAt: "2025-08-01T00:00:00.000Z" }),
    legacyRow("goal", "b", { ...record, deletedAt: 1754006400000 }),
    legacyRow("goal", "c", record),
  ]);
  const [report] = await migrateAll(ledger, user);
  assertEquals([report!.goalsConverted, report!.skipped], [1, []]);
  assertEquals(Object.keys(await liveData(ledger, user)), ["goal/c"]);
  const tombstone = await ledger.history(user, { limit: 99, entityType: "goal", entityId: "a" });
  assertEquals(tombstone.rows.map(({ type, data }) => [type, data]), [["DELETED", undefined], [
    "CREATED",
    {},
  ]]);
  const copy = (id: string) => created(id, { id, ...record }, { baseVersion: 0 });
  const pushed = await sync(0, [copy("a"), copy("b"), copy("c")], { deviceId: deviceA });
  assertEquals(pushed.results.map(({ status }) => status), ["conflict", "conflict", "duplicate"]);
  assertEquals(pushed.conflicts?.map(({ reason }) => reason), ["deleted_on_server", "deleted_on_server"]);
});

onEveryStore("what v2 has already stands: missing fields are added, other values are told", async (world) => {
  const { ledger, store, sync } = world;
  await sync(0, [
    created("same", { id: "same", title: "Equal" }),
    created("more", { id: "more", title: "New title", done: true }),
    created("less", { id: "less" }),
    created("gone", { id: "gone" }),
    created("alive", { id: "alive", v2: true }),
  ], { deviceId: deviceA });
  await sync(5, [deleted("gone"), updated("more", { title: "Newer title" })], { deviceId: deviceA });
  await putRows(store, user, [
    legacyRow("goal", "same", { title: "Equal" }),
    legacyRow("goal", "more", { title: "Old title", notes: "only V1 had these" }),
    legacyRow("goal", "less", { notes: "added" }),
    legacyRow("goal", "gone", { title: "Old" }),
    legacyRow("goal", "alive", {}, { deletedAt: 5 }),
    legacyRow("goal", "new"),
  ]);
  const [report] = await migrateAll(ledger, user);
  assertEquals(report!.goalsConverted, 3);
  assertEquals(report!.skipped.map(({ entityId }) => entityId).sort(), ["alive", "gone", "more"]);
  const live = await liveData(ledger, user);
  assertEquals(Object.keys(live), ["goal/alive", "goal/less", "goal/more", "goal/new", "goal/same"]);
  assertEquals(live["goal/more"], {
    id: "more",
    title: "Newer title",
    done: true,
    notes: "only V1 had these",
  });
  assertEquals(live["goal/less"], { id: "less", notes: "added" });
  assertEquals(live["goal/alive"], { id: "alive", v2: true });
  const told = (await ledger.conflicts(user, { limit: 9 })).rows.find(({ entityId }) => entityId === "more");
  assertEquals([told?.reason, told?.fields], ["already_exists", [{
    name: "title",
    theirs: "Newer title",
    yours: "Old title",
  }]]);
});

onEveryStore("a device that migrated its own copy first has made the same change", async (world) => {
  const { ledger, store, sync } = world;
  const record = { id: "g", title: "Scales" };
  const changeId = derivedChangeId([user, "goal", "g", record]);
  await sync(0, [created("g", record, { changeId, baseVersion: 0 })], { deviceId: deviceA });
  await sync(1, [updated("g", { title: "Arpeggios" })], { deviceId: deviceA });
  await putRows(store, user, [legacyRow("goal", "g", { title: "Scales" })]);
  const [report] = await migrateAll(ledger, user);
  assertEquals([report!.goalsConverted, report!.skipped], [1, []]);
  assertEquals(await liveData(ledger, user), { "goal/g": { id: "g", title: "Arpeggios" } });
  assertEquals((await ledger.status(user)).latestServerVersion, 2, "no row was added");
  const late = await sync(2, [created("g", record, { changeId, baseVersion: 0 })], { deviceId: deviceB });
  assertEquals(verdictsOf(late), ["duplicate@1<applied"]);
});

onEveryStore("two isolates and two devices at once give every record once", async (world) => {
  const { store } = world;
  const rows = Array.from({ length: 700 }, (_, i) => entryRow(i));
  await putRows(store, user, [...rows, legacyRow("goal", "bad", {}, { data: "" })]);
  const isolates = [otherIsolate(world), otherIsolate(world)];
  const poll = (deviceId: string, i: number) =>
    isolates[i]!.exchange(user, { lastKnownServerVersion: 0, deviceId, changes: [], limit: 1 });
  const results = await Promise.all([
    migrateAll(isolates[0]!, user),
    migrateAll(isolates[1]!, user),
    poll(deviceA, 0),
    poll(deviceB, 1),
  ]);
  const reports = [...results[0], ...results[1]];
  const sum = reports.reduce((total, { entriesConverted }) => total + entriesConverted, 0);
  assert(sum <= 700, `${sum} converted`);
  for (const polled of results.slice(2)) {
    assert(!Array.isArray(polled));
    if (polled.ok) assertEquals(polled.response.serverVersion, 700);
    else assertEquals(polled.code, "busy");
  }
  assertEquals((await isolates[0]!.status(user)).latestServerVersion, 700);
  assertEquals(Object.keys(await liveData(isolates[0]!, user)).length, 700);
});

onEveryStore("after an erase nothing is migrated, also not by an import that comes late", async (world) => {
  const { ledger, store } = world;
  const rows = Array.from({ length: 5 }, (_, i) => legacyRow("goal", `g${i}`));
  await putRows(store, user, rows);
  assert((await ledger.erase(user)).ok);
  const none = { ok: true as const, report: { ...nothing, alreadyMigrated: false, skipped: [] } };
  assertEquals(await ledger.migrate(user), none);
  assertEquals(await store.putLegacyRows(user, rows), { ok: false, code: "erased" });
  assertEquals(await ledger.migrate(user), none);
  assertEquals(await liveData(ledger, user), {});
  assertEquals(await store.listLegacyRows(user, { after: null, limit: 9, bytesMax: 1e9 }), []);
});

onEveryStore("an erase in the middle of a migration wins", async (world) => {
  const { store, clock } = world;
  await putRows(store, user, Array.from({ length: 5 }, (_, i) => legacyRow("goal", `g${i}`)));
  // Its sweep comes later.
  const unswept = { ...store, sweepErased: () => Promise.resolve({ deleted: 0, more: true }) };
  const rival = otherIsolate({ ...world, store: unswept });
  let erased = false;
  const slow = {
    ...store,
    async listLegacyRows(...args: Parameters<typeof store.listLegacyRows>) {
      const rows = await store.listLegacyRows(...args);
      if (!erased) assert((await rival.erase(user)).ok);
      erased = true;
      return rows;
    },
  };
  const ledger = createLedger({ store: slow, clock, ids: countingIds(), random: { next: () => 0.5 } });
  const result = await ledger.migrate(user);
  assert(result.ok && erased);
  assertEquals([result.report.goalsConverted, result.report.alreadyMigrated], [0, false]);
  assertEquals(await liveData(ledger, user), {});
  assertEquals((await ledger.status(user)).latestServerVersion, 0);
});

onEveryStore(
  "what is made after an erase is not deleted by a migration that began before it",
  async (world) => {
    const { store, clock, sync } = world;
    await putRows(store, user, [legacyRow("goal", "g", {}, { deletedAt: 1 })]);
    let commits = 0;
    const slow: typeof store = {
      ...store,
      async commit(...args) {
        const result = await store.commit(...args);
        // Between the creation of what is deleted and its deletion.
        if (++commits === 1) {
          assert((await otherIsolate(world).erase(user)).ok);
          await sync(0, [created("g", { title: "new" }, { entityType: "goal" })]);
        }
        return result;
      },
    };
    const ledger = createLedger({ store: slow, clock, ids: countingIds(), random: { next: () => 0.5 } });
    assert((await ledger.migrate(user)).ok);
    assertEquals([commits, await liveData(ledger, user)], [1, { "goal/g": { title: "new" } }]);
  },
);

onEveryStore(
  "the site's schema refuses rows by name, but not a deletion",
  async ({ ledger, store, sync }) => {
    await putRows(store, user, [
      legacyRow("goal", "ok", { title: "t" }),
      legacyRow("goal", "bad"),
      legacyRow("goal", "gone", {}, { deletedAt: 1 }),
    ]);
    const validateData = (_type: string, data: Record<string, unknown>) =>
      data.title ? null : "title is missing.";
    const result = await ledger.migrate(user, { validateData });
    assert(result.ok);
    const { goalsConverted, skipped } = result.report;
    assertEquals([goalsConverted, skipped], [1, [{
      entityType: "goal",
      entityId: "bad",
      reason: "title is missing.",
    }]]);
    const copy = await sync(0, [created("gone", { title: "t" }, { baseVersion: 0 })]);
    assertEquals(copy.conflicts?.[0]?.reason, "deleted_on_server");
  },
);

onEveryStore("the first exchange migrates, and pulls what it migrated", async (world) => {
  const { ledger, store } = world;
  await putRows(store, user, [legacyRow("goal", "g1"), legacyRow("goal", "g2")]);
  const mine = created("mine", {});
  const result = await ledger.exchange(user, {
    lastKnownServerVersion: 0,
    deviceId: deviceA,
    changes: [mine],
  });
  assert(result.ok);
  assertEquals(verdictsOf(result.response), ["applied@3"]);
  assertEquals(result.response.newChanges.map(({ entityId }) => entityId), ["g1", "g2", "mine"]);
});

Deno.test("a paused ledger migrates on nobody's demand, but V1 finds everything", async () => {
  const { ledger, store } = ledgerWorld(memoryLedgerStore(), { paused: true });
  await putRows(store, user, [legacyRow("goal", "g1")]);
  const paused = { ok: false as const, code: "paused" as const, retryAfterMs: 60_000 };
  assertEquals(await ledger.migrate(user), paused);
  assertEquals(await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [] }), paused);
  assertEquals(await ledger.ensureMigrated(user), { ok: true });
  assertEquals(Object.keys(await liveData(ledger, user)), ["goal/g1"]);
});
