/** What one request makes the server hold in memory does not grow with what it is about. */
import { assert, assertEquals } from "@std/assert";
import { budget } from "../../../api/ledger/budget.ts";
import type { EntityState, LogRow } from "../../../api/ledger/records.ts";
import { jsonBytes, type PulledChange } from "../../../shared/mod.ts";
import {
  created,
  deleted,
  deviceA,
  deviceB,
  type LedgerWorld,
  ledgerWorld,
  onEveryStore,
  updated,
  user,
} from "./ledger_world.ts";

/** The same world on a store that notes the most bytes that one read of rows or entities has given. */
function watched({ store }: LedgerWorld) {
  let most = 0;
  let total = 0;
  const note = (read: readonly unknown[]) => {
    const rows = read.filter((one) => one !== null && one !== "too_much") as (LogRow | EntityState)[];
    const bytes = rows.map((one) => jsonBytes({ ...one, ...mapsOf(one) }));
    // One is always given, whatever it weighs.
    most = Math.max(most, bytes.slice(1).reduce((sum, one) => sum + one, 0));
    total += bytes.reduce((sum, one) => sum + one, 0);
  };
  const mapsOf = (one: LogRow | EntityState) =>
    "fieldStamps" in one ? { fieldStamps: [...one.fieldStamps] } : {};
  const world = ledgerWorld({
    ...store,
    async readRows(...args) {
      const rows = await store.readRows(...args);
      note(rows);
      return rows;
    },
    async readState(...args) {
      const state = await store.readState(...args);
      note(state.entities);
      return state;
    },
    async listRows(...args) {
      const rows = await store.listRows(...args);
      note(rows);
      return rows;
    },
  });
  const take = () => {
    const taken = { most, total };
    most = total = 0;
    return taken;
  };
  return { ...world, most: () => most, take };
}

onEveryStore(
  "a replay of many deletions that met large records reads a bounded part and asks for the rest",
  async (world) => {
    const count = 24;
    const text = "x".repeat(250 * 1024);
    const { sync, most } = watched(world);
    for (let i = 0; i < count; i += 4) {
      await sync(0, [0, 1, 2, 3].map((k) => created(`e${i + k}`, { text })), { deviceId: deviceA, limit: 1 });
    }
    const deletions = Array.from({ length: count }, (_, i) => deleted(`e${i}`, { baseVersion: 0 }));
    const pushAll = async (status: string) => {
      let requests = 0;
      for (let left = deletions; left.length > 0; requests++) {
        const { results, conflicts = [] } = await sync(0, left, { deviceId: deviceB, limit: 1 });
        const done = results.filter((result) => result.status !== "retry");
        assert(done.length > 0 && results.slice(done.length).every((result) => result.status === "retry"));
        assert(done.every((result) => result.status === status));
        assertEquals(conflicts.map(({ changeId }) => changeId), done.map(({ changeId }) => changeId));
        left = left.slice(done.length);
      }
      return requests;
    };
    await pushAll("conflict");
    const replays = await pushAll("duplicate");
    assert(replays === 2, `${replays} requests`);
    assert(most() <= budget.bytesPerReadMax, `${most()} bytes`);
  },
);

onEveryStore(
  "a compacted page of small records that remember many fields ends before they weigh too much",
  async (world) => {
    const count = 30;
    const { sync, most } = watched(world);
    const names = Array.from({ length: 1000 }, (_, i) => `${i}`.padEnd(128, "\u6f22"));
    for (let i = 0; i < count; i++) {
      await sync(0, [created(`e${i}`, { i }), updated(`e${i}`, {}, { unset: names })], {
        deviceId: deviceA,
        limit: 1,
      });
    }
    const pulled: unknown[] = [];
    let page = await sync(0, [], { deviceId: deviceB });
    let pages = 1;
    for (; page.hasMore; pages++) {
      pulled.push(...page.newChanges);
      assert(page.snapshot && page.newChanges.length > 0);
      page = await sync(page.latestServerVersion, [], { deviceId: deviceB, snapshot: true });
    }
    pulled.push(...page.newChanges);
    assertEquals(
      pulled.map((change) => (change as PulledChange).entityId),
      Array.from({ length: count }, (_, i) => `e${i}`),
    );
    assert(pages > 1 && pages < 6, `${pages} pages`);
    assert(most() <= budget.bytesPerReadMax * 1.1, `${most()} bytes`);
  },
);

onEveryStore(
  "a conflict names the other side whatever its row weighs, a bounded read at a time",
  async (world) => {
    const count = 20;
    const text = "x".repeat(250 * 1024);
    const { sync, most } = watched(world);
    const lost: string[] = [];
    for (let i = 0; i < count; i++) {
      const write = updated(`e${i}`, { x: 1, text });
      lost.push(write.changeId);
      await sync(0, [created(`e${i}`, {}), write, updated(`e${i}`, { text: "" })], {
        deviceId: deviceA,
        limit: 1,
      });
    }
    const edits = Array.from({ length: count }, (_, i) => updated(`e${i}`, { x: 2 }, { baseVersion: 0 }));
    const { conflicts = [] } = await sync(0, edits, { deviceId: deviceB, limit: 1 });
    assertEquals(conflicts.map(({ theirs }) => theirs?.changeId), lost);
    assert(most() <= budget.bytesPerReadMax, `${most()} bytes`);
  },
);

/** What one request may have gone through: the bound, and one read that went above. */
const scannedMax = budget.bytesScannedMax + budget.bytesPerSliceMax + 1024 * 1024;

onEveryStore("the audit trail of large rows is gone through a bounded part at a time", async (world) => {
  const count = 60;
  const text = "x".repeat(200 * 1024);
  const { sync, ledger, take } = watched(world);
  await sync(0, [created("other", { text })], { deviceId: deviceA });
  await sync(1, [updated("other", { text: "" })], { deviceId: deviceB, limit: 1 });
  await sync(1, [updated("other", { text })], { deviceId: deviceA, limit: 1 });
  for (let i = 0; i < count; i += 4) {
    await sync(0, [0, 1, 2, 3].map((k) => created(`e${i + k}`, { text })), { deviceId: deviceA, limit: 1 });
  }
  const audits = [
    (before?: number) => ledger.conflicts(user, { limit: 10, ...(before === undefined ? {} : { before }) }),
    (before?: number) =>
      ledger.history(user, {
        limit: 10,
        entityType: "goal",
        entityId: "other",
        ...(before === undefined ? {} : { before }),
      }),
  ];
  for (const [i, audit] of audits.entries()) {
    take();
    const found: number[] = [];
    let pages = 0;
    let before: number | null | undefined;
    while (before !== null) {
      const page = await audit(before);
      pages++;
      const { most, total } = take();
      assert(total <= scannedMax, `${total} bytes`);
      assert(most <= budget.bytesPerSliceMax, `${most} bytes at once`);
      found.push(...page.rows.map(({ version }) => version));
      before = page.nextBefore;
    }
    assertEquals(found, [[3], [3, 2, 1]][i]);
    assert(pages === 2, `${pages} pages`);
  }
});

onEveryStore(
  "a pull behind large rows without effect goes through a bounded part and moves on",
  async (world) => {
    const count = 60;
    const { sync, take } = watched(world);
    await sync(0, [created("e", {}), deleted("e")], { deviceId: deviceA });
    for (let i = 0; i < count; i += 4) {
      const text = "x".repeat(240 * 1024);
      await sync(2, [0, 1, 2, 3].map(() => updated("e", { text })), { deviceId: deviceA, limit: 1 });
    }
    await sync(2 + count, [created("last", {})], { deviceId: deviceA });
    take();
    const pulled: string[] = [];
    let pages = 0;
    for (let cursor = 2, more = true; more; pages++) {
      const page = await sync(cursor, [], { deviceId: deviceB });
      const { total } = take();
      assert(total <= scannedMax, `${total} bytes`);
      assert(page.latestServerVersion > cursor);
      pulled.push(...page.newChanges.map(({ entityId }) => entityId));
      cursor = page.latestServerVersion;
      more = page.hasMore;
    }
    assertEquals(pulled, ["last"]);
    assert(pages === 2, `${pages} pages`);
  },
);

onEveryStore("an export of large records reads a little at a time, and leaves out nothing", async (world) => {
  const count = 24;
  const { sync, ledger, take } = watched(world);
  for (let i = 0; i < count; i += 4) {
    const text = "x".repeat(240 * 1024);
    await sync(0, [0, 1, 2, 3].map((k) => created(`e${i + k}`, { text })), { deviceId: deviceA, limit: 1 });
  }
  take();
  const given = { head: 0, entity: 0, change: 0 };
  for await (const line of ledger.export(user)) given[line.kind]++;
  assertEquals(given, { head: 1, entity: count, change: count });
  const { most } = take();
  assert(most <= budget.bytesPerSliceMax, `${most} bytes at once`);
});
