/** What every ledger store must do with rows of the older system. Run on each adapter by `ledger_store_test.ts`. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import { legacyLimits, type LegacyRow, type LegacyState } from "../../api/ledger/legacy_store.ts";
import { emptyHead, type EntityRef } from "../../api/ledger/records.ts";

const user = "user-1";
const everything = { after: null, limit: 1000, bytesMax: 1e9 };

function rowOf(entityId: string, data: unknown = { id: entityId }, entityType = "goal"): LegacyRow {
  return {
    entityType,
    entityId,
    data: JSON.stringify(data),
    version: 1,
    createdAt: "2025-07-30T23:01:12.418Z",
    updatedAt: 1753916695002,
    deletedAt: null,
    deviceId: "dev_1",
    checksum: "c",
  };
}

async function putAll(store: LedgerStore, rows: readonly LegacyRow[], of = user): Promise<[number, number]> {
  const result = await store.putLegacyRows(of, rows);
  assert(result.ok, JSON.stringify(result));
  assertEquals(result.refused, []);
  return [result.written, result.unchanged];
}

/** Notes that everything is migrated. */
async function moveToEnd(store: LedgerStore): Promise<void> {
  const { state, token } = await store.readLegacyState(user);
  const after = (await store.listLegacyRows(user, everything)).at(-1)!;
  const next: LegacyState = { ...state!, left: 0, after: refOf(after) };
  assert(await store.moveLegacyState(user, token!, { before: state!.after, next, skipped: [] }));
}

const refOf = ({ entityType, entityId }: EntityRef) => ({ entityType, entityId });
const ids = (rows: readonly EntityRef[]) => rows.map(({ entityId }) => entityId);

export function legacyStoreContract(
  name: string,
  withStore: (test: (store: LedgerStore) => Promise<void>) => Promise<void>,
) {
  const test = (what: string, body: (store: LedgerStore) => Promise<void>) =>
    Deno.test(`${name}: ${what}`, () => withStore(body));

  test("a user without legacy rows has no state and nothing pending", async (store) => {
    assertEquals(await store.readLegacyState(user), { state: null, token: null });
    assertEquals(await store.listLegacyRows(user, everything), []);
    assertEquals(await store.listLegacyUsers(null, 10), []);
    assertEquals((await store.readHead(user)).legacyPending, false);
  });

  test("ids full of NULs, which keys spell in two bytes, are kept, listed and noted as left out", async (store) => {
    const rows = Array.from({ length: 400 }, (_, i) => rowOf(`${i}`.padStart(3, "0").padStart(240, "\0")));
    assertEquals(await putAll(store, rows), [400, 0]);
    const { state, token } = await store.readLegacyState(user);
    const next: LegacyState = { ...state!, left: 0, after: refOf(rows.at(-1)!) };
    const skipped = rows.map((row) => ({ ...refOf(row), reason: "no id" }));
    assert(await store.moveLegacyState(user, token!, { before: null, next, skipped }));
    assertEquals(await store.listLegacySkips(user, null, 1000), skipped);
    assertEquals(await store.listLegacyRows(user, everything), rows);
  });

  test("legacy rows come back whole in pages, and are pending and counted", async (store) => {
    const rows = [
      ...Array.from({ length: 25 }, (_, i) => rowOf(`g${i}`)),
      rowOf("broken", {}, "Logbook Entry"),
      rowOf("large", { text: "日".repeat(100_000) }, "logbook_entry"),
      { ...rowOf("bare"), version: null, createdAt: null, deviceId: null, deletedAt: 5 },
    ];
    assertEquals(await putAll(store, rows), [28, 0]);
    assertEquals((await store.readHead(user)).legacyPending, true);
    const { state } = await store.readLegacyState(user);
    assertEquals(new Map(state!.counts), new Map([["goal", 26], ["Logbook Entry", 1], ["logbook_entry", 1]]));
    assertEquals([state!.left, state!.after], [28, null]);
    const listed: LegacyRow[] = [];
    for (let pages = 0; pages < 20; pages++) {
      const page = await store.listLegacyRows(user, {
        ...everything,
        after: listed.at(-1) ?? null,
        limit: 4,
      });
      listed.push(...page);
    }
    const key = (row: LegacyRow) => row.entityType + row.entityId;
    const byKey = (all: readonly LegacyRow[]) => all.toSorted((a, b) => key(a) < key(b) ? -1 : 1);
    assertEquals(byKey(listed), byKey(rows));
    assertEquals((await store.listLegacyRows(user, { ...everything, bytesMax: 1 })).length, 1);
  });

  test("equal rows are left alone, a changed one is replaced and makes all pending again", async (store) => {
    await putAll(store, [rowOf("a"), rowOf("b", { text: "x".repeat(100_000) })]);
    await moveToEnd(store);
    assertEquals((await store.readHead(user)).legacyPending, false);
    assertEquals(await putAll(store, [rowOf("a"), rowOf("b", { text: "x".repeat(100_000) })]), [0, 2]);
    assertEquals((await store.readHead(user)).legacyPending, false);
    const again = [rowOf("b", { n: 1 }), rowOf("b", { n: 2 }), rowOf("c", { n: 3 })];
    assertEquals(await putAll(store, again), [2, 0], "the last row of an entity counts");
    assertEquals((await store.readHead(user)).legacyPending, true);
    const { state } = await store.readLegacyState(user);
    assertEquals([state!.counts, state!.left, state!.after], [[["goal", 3]], 3, null]);
    const rows = await store.listLegacyRows(user, everything);
    assertEquals(rows.map(({ data }) => data), ['{"id":"a"}', '{"n":2}', '{"n":3}']);
  });

  test("a thousand long rows at once fit whatever limits there are", async (store) => {
    const rows = Array.from(
      { length: legacyLimits.rowsPerPutMax },
      (_, i) =>
        rowOf(`${i}`.padStart(legacyLimits.idUnitsMax, "語"), { text: "x".repeat(800) }, "語".repeat(64)),
    );
    assertEquals(await putAll(store, rows, "語".repeat(128)), [1000, 0]);
    assertEquals((await store.listLegacyRows("語".repeat(128), everything)).length, 1000);
    const { state } = await store.readLegacyState("語".repeat(128));
    assertEquals(state!.left, 1000);
    await assertRejects(() => store.putLegacyRows(user, [...rows, rowOf("one more")]), RangeError);
  });

  test("what cannot be kept is named, and the rest is kept", async (store) => {
    const types = Array.from({ length: legacyLimits.typesMax }, (_, i) => rowOf("id", {}, `t${i}`));
    await putAll(store, types);
    const result = await store.putLegacyRows(user, [
      rowOf("\ud800"),
      rowOf(""),
      rowOf("a", {}, "x".repeat(65)),
      rowOf("b", { text: "x".repeat(legacyLimits.rowBytesMax) }, "t0"),
      rowOf("c", {}, "one_too_many"),
      rowOf("control\u0007".padEnd(200, "x"), {}, "t0"),
    ]);
    assert(result.ok);
    assertEquals([result.written, ids(result.refused)], [1, ["\ud800", "", "a", "b", "c"]]);
    for (const { reason } of result.refused) assert(reason.length > 20);
    assertEquals((await store.readLegacyState(user)).state!.left, legacyLimits.typesMax + 1);
    for (const bad of ["", "a\u0000", "x".repeat(129)]) {
      assertEquals(await store.putLegacyRows(bad, [rowOf("a")]), { ok: false, code: "invalid_user" });
    }
  });

  test("the state moves only from where it was read, and takes its notes along", async (store) => {
    await putAll(store, ["a", "b", "c", "d"].map((id) => rowOf(id)));
    const { state, token } = await store.readLegacyState(user);
    const skip = (entityId: string, reason = "bad") => ({ entityType: "goal", entityId, reason });
    const after = { entityType: "goal", entityId: "b" };
    const half: LegacyState = { ...state!, left: 2, after };
    const move = { before: null, next: half, skipped: [skip("a"), skip("b")] };
    assert(await store.moveLegacyState(user, token!, move));
    assert(!await store.moveLegacyState(user, token!, move), "the token is used up");
    const second = await store.readLegacyState(user);
    assertEquals(second.state, half);
    const next: LegacyState = { ...half, left: 0, after: { entityType: "goal", entityId: "d" } };
    assert(await store.moveLegacyState(user, second.token!, { before: after, next, skipped: [skip("d")] }));
    assertEquals(await store.listLegacySkips(user, null, 9), [skip("a"), skip("b"), skip("d")]);
    assertEquals(ids(await store.listLegacySkips(user, { entityType: "goal", entityId: "a" }, 1)), ["b"]);

    await putAll(store, [rowOf("a", { better: true })]);
    assertEquals(ids(await store.listLegacySkips(user, null, 9)), ["b", "d"], "a new row has no old note");
    const third = await store.readLegacyState(user);
    await store.moveLegacyState(user, third.token!, { before: null, next, skipped: [skip("b", "still")] });
    assertEquals(await store.listLegacySkips(user, null, 9), [skip("b", "still")]);
  });

  test("users with legacy rows are listed in steps, also those without a head", async (store) => {
    const names = ["b", "a", "ab", "ü", "a b", "日本"];
    for (const of of names) await putAll(store, [rowOf("x")], of);
    const listed: string[] = [];
    for (let page = await store.listLegacyUsers(null, 2); page.length > 0;) {
      listed.push(...page);
      page = await store.listLegacyUsers(listed.at(-1)!, 2);
    }
    assertEquals(listed.toSorted(), names.toSorted());
    assertEquals(await store.listUsers(null, 10), []);
  });

  test("puts at the same time count every row once", async (store) => {
    const part = (from: number) => Array.from({ length: 60 }, (_, i) => rowOf(`g${from + i}`));
    const results = await Promise.all([0, 40, 80].map((from) => store.putLegacyRows(user, part(from))));
    assert(results.every(({ ok }) => ok));
    const { state } = await store.readLegacyState(user);
    assertEquals([state!.counts, state!.left], [[["goal", 140]], 140]);
    assertEquals((await store.listLegacyRows(user, everything)).length, 140);
  });

  test("a put at the same time as an erase leaves nothing behind it", async (store) => {
    await store.putLegacyRows(user, [rowOf("first")]);
    const rows = [rowOf("late"), rowOf("large", { text: "x".repeat(90_000) })];
    const lastErasedEpoch = { generation: "g", number: 1 };
    const [, erased] = await Promise.all([
      store.putLegacyRows(user, rows),
      store.replaceHead(user, null, { ...emptyHead, prefix: 1, lastErasedEpoch }, 0),
    ]);
    assert(erased.ok);
    await store.sweepErased(1000);
    assertEquals(await store.listLegacyRows(user, everything), []);
    assertEquals(await store.readLegacyState(user), { state: null, token: null });
  });

  test("whoever erases has no legacy rows any more and gets none", async (store) => {
    await putAll(store, [
      ...Array.from({ length: 20 }, (_, i) => rowOf(`g${i}`)),
      rowOf("l", "x".repeat(90_000)),
    ]);
    await putAll(store, [rowOf("x")], "somebody else");
    const lastErasedEpoch = { generation: "g", number: 1 };
    assert((await store.replaceHead(user, null, { ...emptyHead, prefix: 1, lastErasedEpoch }, 0)).ok);
    assertEquals((await store.readHead(user)).legacyPending, false);
    assertEquals(await store.putLegacyRows(user, [rowOf("late")]), { ok: false, code: "erased" });
    for (let rounds = 0; (await store.sweepErased(7)).more; rounds++) assert(rounds < 100);
    assertEquals(await store.listLegacyRows(user, everything), []);
    assertEquals((await store.readLegacyState(user)).state, null);
    assertEquals(await store.listLegacyUsers(null, 9), ["somebody else"]);
    assertEquals((await store.listLegacyRows("somebody else", everything)).length, 1);
  });

  test("a head that changes its key space without an erase keeps the legacy rows", async (store) => {
    await putAll(store, [rowOf("a")]);
    assert((await store.replaceHead(user, null, { ...emptyHead, prefix: 1 }, 0)).ok);
    await store.sweepErased(100);
    assertEquals((await store.listLegacyRows(user, everything)).length, 1);
    assertEquals((await store.readHead(user)).legacyPending, true);
  });
}
