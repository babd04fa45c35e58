/** Backups of the memory store are text; what users wrote must not be taken for the store's own marks in it. */
import { assertEquals } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { created, ledgerWorld } from "./ledger_world.ts";

Deno.test("data that looks like a Map or a Set of the backup comes back as the data it is", async () => {
  const store = memoryLedgerStore();
  const world = ledgerWorld(store);
  const pairs = [["a", 1]];
  const written = [
    { $map: pairs },
    { $set: [1, 2] },
    { $map: 7 },
    { $map: pairs, more: 1 },
    { $$map: pairs },
    { $$$set: { $set: { $: { $map: null } } } },
    { other: [{ $map: [] }, { $$: 1 }] },
    {},
  ];
  await world.sync(0, written.map((data, i) => created(`e${i}`, data)));
  const before = await world.sync(0);
  store.restore(store.backup());
  store.restore(store.backup());
  const after = await world.sync(0);
  assertEquals(after.newChanges.map(({ data }) => data), written);
  assertEquals([after.newChanges, after.checksum], [before.newChanges, before.checksum]);
});
