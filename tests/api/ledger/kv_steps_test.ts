/** Round trips are what a request costs on a remote database, so they are counted and held to the budget. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { countingKv } from "./counting_kv.ts";
import { created, deviceA, deviceB, type LedgerWorld, ledgerWorld, updated, user } from "./ledger_world.ts";

async function counted(
  test: (world: LedgerWorld, epoch: string, take: ReturnType<typeof countingKv>["take"]) => Promise<void>,
): Promise<void> {
  const kv = await Deno.openKv(":memory:");
  try {
    const counting = countingKv(kv);
    const world = ledgerWorld(kvLedgerStore(counting.kv));
    const { epoch } = await world.sync(0, [created("seed", { x: 1 })], { deviceId: deviceA });
    await world.sync(1, [], { deviceId: deviceB });
    counting.take();
    await test(world, epoch, counting.take);
  } finally {
    kv.close();
  }
}

const id64 = (i: number) => `${i}`.padStart(64, "i");
const twoKiB = (i: number) => ({ n: i, text: "x".repeat(2000) });
const batch = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => created(id64(from + i), twoKiB(i)));

Deno.test("an idle poll is one step", () =>
  counted(async ({ sync }, epoch, take) => {
    await sync(1, [], { deviceId: deviceA, epoch });
    assertEquals(take(), { steps: 1, commits: 0 });
    await sync(1, [], { deviceId: deviceA, epoch, snapshot: true });
    assertEquals(take(), { steps: 1, commits: 0 });
  }));

for (const size of [1, 100]) {
  Deno.test(`a push of ${size} changes of 2 KiB with 64-byte ids at the head is three steps`, () =>
    counted(async ({ sync }, epoch, take) => {
      await sync(1, batch(size), { deviceId: deviceA, epoch });
      assertEquals(take(), { steps: 3, commits: 1 });
      await sync(1 + size, batch(size).map(({ entityId }, i) => updated(entityId, { n: -i })), {
        deviceId: deviceA,
        epoch,
      });
      assertEquals(take(), { steps: 3, commits: 1 });
    }));
}

Deno.test("a push behind others' changes is one step more for the page", () =>
  counted(async ({ sync }, epoch, take) => {
    await sync(1, batch(100), { deviceId: deviceA, epoch });
    take();
    await sync(1, [updated("seed", { x: 2 })], { deviceId: deviceB, epoch });
    assertEquals(take(), { steps: 4, commits: 1 });
  }));

Deno.test("a conflict with the entity's newest write is no step more, with an older one it is one", () =>
  counted(async ({ sync }, epoch, take) => {
    await sync(1, [updated("seed", { x: 2 })], { deviceId: deviceA, epoch });
    take();
    const newest = await sync(2, [updated("seed", { x: 3 }, { baseVersion: 1 })], {
      deviceId: deviceB,
      epoch,
    });
    assertEquals([newest.results[0]?.status, take().steps], ["conflict", 3]);
    await sync(3, [updated("seed", { y: 1 })], { deviceId: deviceB, epoch });
    take();
    const older = await sync(4, [updated("seed", { x: 4 }, { baseVersion: 2 })], {
      deviceId: deviceA,
      epoch,
    });
    assertEquals([older.results[0]?.status, take().steps], ["conflict", 4]);
  }));

Deno.test("a push of 500 typical changes takes eight commits at most and settles every one", () =>
  counted(async ({ sync }, epoch, take) => {
    const changes = Array.from(
      { length: 500 },
      (_, i) => created(`entry_${i}`, { n: i, text: "x".repeat(300) }),
    );
    const response = await sync(1, changes, { deviceId: deviceA, epoch });
    assert(response.results.every(({ status }) => status === "applied"));
    const { steps, commits } = take();
    assert(commits <= 4, `${commits} commits`);
    assertEquals(steps, 2 + commits);
  }));

Deno.test("a replay of 100 changes is two steps and writes nothing", () =>
  counted(async ({ sync }, epoch, take) => {
    const changes = batch(100);
    await sync(1, changes, { deviceId: deviceA, epoch });
    take();
    await sync(101, changes, { deviceId: deviceA, epoch });
    assertEquals(take(), { steps: 2, commits: 0 });
  }));

Deno.test("a compacted page is four steps, whatever it holds", () =>
  counted(async ({ sync }, epoch, take) => {
    await sync(1, batch(100), { deviceId: deviceA, epoch });
    take();
    const page = await sync(0, [], { deviceId: deviceB, epoch });
    assertEquals([page.newChanges.length, take()], [101, { steps: 4, commits: 0 }]);
    for (const limit of [1, 100, 101]) {
      const part = await sync(0, [], { deviceId: deviceB, epoch, limit });
      assertEquals([part.newChanges.length, take()], [limit, { steps: 4, commits: 0 }]);
    }
  }));

Deno.test("a cursor below the floor is served compacted at once, without trying the log", () =>
  counted(async ({ sync, store }, epoch, take) => {
    await sync(1, batch(10), { deviceId: deviceA, epoch });
    const { head, token } = await store.readHead(user);
    await store.replaceHead(user, token, { ...head!, floor: 5 });
    await store.trimRows(user, head!.prefix, 5, 100);
    take();
    const page = await sync(4, [], { deviceId: deviceB, epoch });
    assertEquals([page.newChanges.map(({ version }) => version)[0], take().steps], [5, 4]);
    await sync(5, [], { deviceId: deviceB, epoch });
    assertEquals(take().steps, 2, "at the floor the log is whole");
  }));
