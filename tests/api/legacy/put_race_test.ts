/** An erase that comes between what a put has read and what it writes. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { emptyHead } from "../../../api/ledger/records.ts";
import { user } from "../ledger/ledger_world.ts";
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
