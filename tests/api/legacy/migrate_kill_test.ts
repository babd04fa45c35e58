/**
 * A migration that is killed at any write, before it or right after it, and run again by another process, ends as
 * one that nobody disturbed: same versions, same changes, same notes.
 */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { createLedger } from "../../../api/ledger/ledger.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import type { Ledger } from "../../../api/ports.ts";
import { countingIds, created, user, virtualClock } from "../ledger/ledger_world.ts";
import { killableKv, Killed, type Killer, killer } from "./killer.ts";
import { entryRow, legacyRow, liveData, migrateAll, putRows } from "./legacy_rows.ts";

function killableStore(store: LedgerStore, { write }: Killer): LedgerStore {
  const writing = new Set(["commit", "replaceHead", "createGeneration", "moveLegacyState", "writeDevice"]);
  return new Proxy(store, {
    get(target, name: string) {
      const call = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return writing.has(name) ? (...args: unknown[]) => write(() => call(...args)) : call;
    },
  });
}

function ledgerOn(store: LedgerStore): Ledger {
  const clock = virtualClock();
  return createLedger({ store, clock, ids: countingIds(), random: { next: () => 0.5 } });
}

/** What was there before: v2 data, and rows of every kind, more than one commit holds. */
async function seed(store: LedgerStore): Promise<void> {
  const changes = [created("both", { id: "both", title: "v2" }), created("v2_only", {})];
  const result = await ledgerOn(store).exchange(user, { lastKnownServerVersion: 0, changes });
  assert(result.ok);
  const large = (i: number) => legacyRow("goal", `large${i}`, { text: "x".repeat(150_000 + i) });
  await putRows(store, user, [
    ...Array.from({ length: 4 }, (_, i) => large(i)),
    ...Array.from(
      { length: 16 },
      (_, i) => legacyRow("goal", `middling${i}`, { text: "x".repeat(50_000 + i) }),
    ),
    ...Array.from({ length: 12 }, (_, i) => entryRow(i)),
    ...Array.from({ length: 5 }, (_, i) => entryRow(100 + i, { deletedAt: 1754006400000 })),
    legacyRow("goal", "both", { title: "V1", notes: "V1 only" }),
    legacyRow("goal", "bad1", {}, { data: "{" }),
    legacyRow("logbook_entry", "bad2", {}, { data: "null" }),
  ]);
}

/** Everything that a user or an operator can see. */
async function outcome(store: LedgerStore) {
  const ledger = ledgerOn(store);
  const { rows } = await ledger.history(user, { limit: 1000 });
  return {
    live: await liveData(ledger, user),
    log: rows.map(({ version, changeId, type, status, effect }) => ({
      version,
      changeId,
      type,
      status,
      effect,
    }))
      .slice(0, -2),
    skips: await store.listLegacySkips(user, null, 99),
    state: (await store.readLegacyState(user)).state,
    legacy: (await store.listLegacyRows(user, { after: null, limit: 99, bytesMax: 1e9 })).length,
    head: (await store.readHead(user)).head,
  };
}

/** `open` gives the store that stays, and a way to see it through a killer's hands. */
async function killEverywhere(
  open: () => Promise<{ store: LedgerStore; through(killer: Killer): LedgerStore; close(): void }>,
): Promise<void> {
  const undisturbed = await open();
  await seed(undisturbed.store);
  const counting = killer(Infinity, "before");
  await migrateAll(ledgerOn(undisturbed.through(counting)), user);
  const expected = await outcome(undisturbed.store);
  undisturbed.close();
  const points = counting.writes();
  assert(points >= 6, `${points} writes`);
  assertEquals([expected.head?.version, expected.skips.length], [2 + 20 + 12 + 10 + 1, 3]);

  for (const when of ["before", "after"] as const) {
    for (let at = 0; at < points; at++) {
      const { store, through, close } = await open();
      await seed(store);
      const killed = await migrateAll(ledgerOn(through(killer(at, when))), user).catch((error) => error);
      assert(killed instanceof Killed, `write ${at}: ${killed}`);
      // The next process: whatever comes first finishes it, and nobody sees a half.
      const polled = await ledgerOn(store).exchange(user, { lastKnownServerVersion: 0, changes: [] });
      assert(polled.ok && polled.response.serverVersion === expected.head!.version, `write ${at}`);
      assertEquals((await migrateAll(ledgerOn(store), user)).length, 1);
      assertEquals(await outcome(store), expected, `killed ${when} write ${at}`);
      close();
    }
  }
  console.log(`killed at ${points} writes, before and after each`);
}

Deno.test("a migration killed at any write and run again ends as if undisturbed (Deno KV)", () =>
  killEverywhere(async () => {
    const kv = await Deno.openKv(":memory:");
    return {
      store: kvLedgerStore(kv),
      through: (killer) => kvLedgerStore(killableKv(kv, killer)),
      close: () => kv.close(),
    };
  }));

Deno.test("a migration killed at any write and run again ends as if undisturbed (memory, small commits)", () =>
  killEverywhere(() => {
    const store = memoryLedgerStore({ stepsPerCommitMax: 6 });
    return Promise.resolve({ store, through: (killer) => killableStore(store, killer), close() {} });
  }));
