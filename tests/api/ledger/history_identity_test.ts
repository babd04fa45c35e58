/** Epochs, resets, erases, restores and the floor of a trimmed log. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { compareEpochs, judgeStanding, parseEpoch } from "../../../api/ledger/epoch.ts";
import { emptyHead } from "../../../api/ledger/records.ts";
import { trimLog } from "../../../api/ledger/trim.ts";
import {
  created,
  deleted,
  deviceA,
  ledgerWorld,
  onEveryStore,
  updated,
  user,
  verdictsOf,
} from "./ledger_world.ts";

const older = "01900000-0000-7000-8000-000000000001";
const newer = "01900000-0000-7000-8000-000000000002";

Deno.test("epochs are ordered by generation, then number, and read strictly", () => {
  assertEquals(parseEpoch(`${older}.12`), { generation: older, number: 12 });
  for (const bad of ["", older, `${older}.0`, `${older}.01`, `${older}.1.1`, `${older}.x`, "x.1"]) {
    assertEquals(parseEpoch(bad), null, bad);
  }
  assert(compareEpochs({ generation: older, number: 9 }, { generation: newer, number: 1 }) < 0);
  assert(compareEpochs({ generation: older, number: 10 }, { generation: older, number: 9 }) > 0);
});

Deno.test("every epoch from before an erase is told erased, also across restores", () => {
  const head = { ...emptyHead, epochNumber: 5, lastErasedEpoch: { generation: older, number: 3 } };
  const standing = (epoch: string | undefined, cursor = 0) =>
    judgeStanding(head, newer, { cursor, ...(epoch === undefined ? {} : { epoch }) });
  assertEquals(standing(`${older}.3`).reset, "erased");
  assertEquals(standing(`${older}.1`).reset, "erased");
  assertEquals(standing(`${older}.4`).reset, "restored");
  assertEquals(standing(`${newer}.4`).reset, "restored");
  assertEquals(standing("nonsense", 9), { reset: "restored", raise: false });
  assertEquals(standing(`${newer}.5`), { reset: null, raise: false });
  assertEquals(standing(undefined), { reset: null, raise: false });
  assertEquals(standing(undefined, 1), { reset: "restored", raise: true });
});

onEveryStore("a cursor above the head starts a new epoch for everybody", async ({ sync, epoch }) => {
  await sync(0, [created("a", { x: 1 })]);
  const before = await epoch();
  const ahead = await sync(7, [updated("a", { x: 2 })], { deviceId: deviceA });
  assertEquals([ahead.reset, verdictsOf(ahead), ahead.newChanges.length], ["restored", ["retry"], 1]);
  assertNotEquals(ahead.epoch, before);
  const other = await sync(1, [], { epoch: before });
  assertEquals([other.reset, other.epoch, other.newChanges.length], ["restored", ahead.epoch, 1]);
  const settled = await sync(1, [], { epoch: ahead.epoch });
  assertEquals(settled.reset, undefined);
});

onEveryStore("another epoch gets a reset and raises nothing", async ({ sync, epoch }) => {
  await sync(0, [created("a", { x: 1 })]);
  const before = await epoch();
  const stranger = await sync(99, [deleted("a")], { epoch: `${newer.replace("2", "9")}.4` });
  assertEquals([stranger.reset, verdictsOf(stranger), stranger.epoch], ["restored", ["retry"], before]);
});

onEveryStore("an erase forgets everything and tells every earlier epoch", async ({ sync, ledger, epoch }) => {
  const first = created("a", { x: 1 });
  await sync(0, [first], { deviceId: deviceA });
  const before = await epoch();
  assertEquals(await ledger.erase(user), { ok: true });
  const told = await sync(1, [updated("a", { x: 2 })], { epoch: before, deviceId: deviceA });
  assertEquals([told.reset, verdictsOf(told), told.newChanges], ["erased", ["retry"], []]);
  assertEquals([told.serverVersion, told.checksum], [0, "0000000000000000"]);
  assertEquals((await ledger.history(user, { limit: 10 })).rows, []);
  const again = await sync(0, [first]);
  assertEquals(verdictsOf(again), ["applied@1"], "the mark is gone too");
  assertEquals(await ledger.erase(user), { ok: true });
  assertEquals((await sync(1, [], { epoch: before })).reset, "erased");
});

onEveryStore("an erase of a user of whom nothing is known succeeds", async ({ ledger }) => {
  assertEquals(await ledger.erase(user), { ok: true });
  assertEquals((await ledger.status(user)).entityCount, 0);
});

Deno.test("after a restore clients hear of it, and what they send again is taken as new", async () => {
  const store = memoryLedgerStore();
  const { sync, epoch } = ledgerWorld(store);
  await sync(0, [created("a", { x: 1 })]);
  const backup = store.backup();
  const lost = created("b", { x: 1 });
  await sync(1, [lost]);
  const before = await epoch();
  store.restore(backup, newer.replace("2", "f"));
  const told = await sync(2, [lost], { epoch: before });
  assertEquals([told.reset, verdictsOf(told), told.serverVersion], ["restored", ["retry"], 1]);
  assertEquals(verdictsOf(await sync(1, [lost])), ["applied@2"]);
});

onEveryStore(
  "a trimmed log serves cursors below its floor compacted; marks and state stay",
  async (world) => {
    const { sync, clock, store, ledger } = world;
    const first = created("a", { x: 1 });
    await sync(0, [first, created("b", { x: 1 })], { deviceId: deviceA });
    await sync(2, [updated("a", { x: 2 }), deleted("b")], { deviceId: deviceA });
    clock.advance(1000);
    const nowMs = clock.nowMs();
    await sync(4, [updated("a", { y: 1 })], { deviceId: deviceA });
    const deps = { store, clock, ids: { uuid: () => newer }, random: { next: () => 0 } };
    assertEquals(await trimLog(deps, user, nowMs), { ok: true, trimmed: 4, more: false });
    const below = await sync(1);
    assertEquals(below.newChanges.map(({ type, entityId, data }) => [type, entityId, data]), [
      ["DELETED", "b", undefined],
      ["CREATED", "a", { x: 2, y: 1 }],
    ]);
    const above = await sync(4);
    assertEquals(above.newChanges.map(({ type }) => type), ["UPDATED"]);
    assertEquals((await ledger.history(user, { limit: 10 })).rows.map(({ version }) => version), [5]);
    assertEquals(verdictsOf(await sync(5, [first])), ["duplicate@1<applied"]);
    const late = await sync(5, [updated("a", { x: 9 }, { baseVersion: 0 })]);
    assertEquals([late.results[0]?.status, late.conflicts?.[0]?.theirs], ["conflict", undefined]);
    assertEquals(late.conflicts?.[0]?.fields, [{ name: "x", yours: 9, theirs: 2 }]);
  },
);

onEveryStore("an erase is complete with its commit, before anything is swept", async ({ store }) => {
  const { sync, ledger } = ledgerWorld({
    ...store,
    sweepErased: () => Promise.resolve({ deleted: 0, more: true }),
  });
  const first = created("a", { x: 1 });
  await sync(0, [first], { deviceId: deviceA });
  assertEquals(await ledger.erase(user), { ok: true });
  const { deviceCount, entityCount, totalChanges, lastSync } = await ledger.status(user);
  assertEquals([deviceCount, entityCount, totalChanges, lastSync], [0, 0, 0, null]);
  assertEquals((await Array.fromAsync(ledger.export(user))).map(({ kind }) => kind), ["head"]);
  assertEquals(verdictsOf(await sync(0, [first])), ["applied@1"]);
  assertEquals((await store.sweepErased(1000)).more, false);
  assertEquals((await sync(0)).newChanges.map(({ entityId }) => entityId), ["a"], "the new data stays");
});
