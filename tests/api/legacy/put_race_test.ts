/** A put that is disturbed: by an erase between what it has read and what it writes, or by its own end. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { emptyHead } from "../../../api/ledger/records.ts";
import { user } from "../ledger/ledger_world.ts";
import { killableKv, Killed, killer } from "./killer.ts";
import { legacyRow } from "./legacy_rows.ts";

/** `between` runs after the first read of several keys. */
function interrupted(kv: Deno.Kv, between: () => Promise<void>): Deno.Kv {
  let reads = 0;
  return new Proxy(kv, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (name !== "getMany") return member.bind(target);
      return async (...args: unknown[]) => {
        const result = await member.apply(target, args);
        if (reads++ === 0) await between();
        return result;
      };
    },
  });
}

for (const [what, text] of [["small", "x"], ["large", "x".repeat(90_000)]] as const) {
  Deno.test(`a put whose user erases meanwhile writes nothing, not even a piece: ${what} rows`, async () => {
    const kv = await Deno.openKv(":memory:");
    try {
      const store = kvLedgerStore(kv);
      const lastErasedEpoch = { generation: "g", number: 1 };
      const slow = kvLedgerStore(interrupted(kv, async () => {
        const erased = { ...emptyHead, prefix: 1, lastErasedEpoch };
        assert((await store.replaceHead(user, null, erased, 0)).ok);
        await store.sweepErased(100);
      }));
      const result = await slow.putLegacyRows(user, [legacyRow("goal", "g", { text })]);
      assertEquals(result, { ok: false, code: "erased" });
      for await (const { key } of kv.list({ prefix: ["legacy"] })) assert(false, key.join("/"));
    } finally {
      kv.close();
    }
  });
}

Deno.test("a migration that notes a row as left out while an erase is swept leaves no note", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    const store = kvLedgerStore(kv);
    await store.putLegacyRows(user, [legacyRow("goal", "g")]);
    const { state, token } = await store.readLegacyState(user);
    const after = { entityType: "goal", entityId: "g" };
    const next = { ...state!, left: 0, after };
    const note = () =>
      store.moveLegacyState(user, token!, { before: null, next, skipped: [{ ...after, reason: "r" }] });
    const erased = { ...emptyHead, prefix: 1, lastErasedEpoch: { generation: "g", number: 1 } };
    assert((await store.replaceHead(user, null, erased, 0)).ok);
    // Just before each key that the sweep deletes by itself, and the state is one of them.
    const sweeping = new Proxy(kv, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (name !== "delete") return typeof member === "function" ? member.bind(target) : member;
        return async (key: Deno.KvKey) => {
          await note();
          await target.delete(key);
        };
      },
    });
    assertEquals((await kvLedgerStore(sweeping).sweepErased(100)).more, false);
    for await (const { key } of kv.list({ prefix: ["legacy"] })) assert(false, key.join("/"));
  } finally {
    kv.close();
  }
});

Deno.test("a put killed at any write and done again leaves every row whole, and pending", async () => {
  const text = (i: number) => `${i}`.padEnd(i % 6 === 0 ? 150_000 : 20_000, "x");
  const before = Array.from({ length: 6 }, (_, i) => legacyRow("goal", `g${i}`, { text: text(i) }));
  const rows = Array.from({ length: 40 }, (_, i) => legacyRow("goal", `g${i}`, { text: text(i + 100) }));
  let points = 0;
  for (let at = 0, done = false; !done; at++) {
    for (const when of ["before", "after"] as const) {
      const kv = await Deno.openKv(":memory:");
      try {
        const store = kvLedgerStore(kv);
        await store.putLegacyRows(user, before);
        const put = kvLedgerStore(killableKv(kv, killer(at, when))).putLegacyRows(user, rows);
        const result = await put.catch((error) => error);
        done = !(result instanceof Killed);
        if (done) break;
        points++;
        const { state: half } = await store.readLegacyState(user);
        const seen = await store.listLegacyRows(user, { after: null, limit: 99, bytesMax: 1e9 });
        assertEquals([half?.left, half?.after], [seen.length, null], `killed ${when} write ${at}`);
        assert(seen.every(({ data }) => data !== ""), "no row is half");

        const again = await store.putLegacyRows(user, rows);
        assert(again.ok);
        assertEquals(again.written + again.unchanged, 40);
        const whole = await store.listLegacyRows(user, { after: null, limit: 99, bytesMax: 1e9 });
        const byId = (all: readonly { entityId: string }[]) => all.map(({ entityId }) => entityId).sort();
        assertEquals(byId(whole), byId(rows));
        const expected = new Map(rows.map((row) => [row.entityId, row]));
        for (const row of whole) assertEquals(row, expected.get(row.entityId));
        assertEquals((await store.readLegacyState(user)).state!.left, 40);
      } finally {
        kv.close();
      }
    }
  }
  assert(points > 10, `${points} kills`);
});
