/** What one call of a migration may cost, counted, and what callers meet while rows remain. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { rowsPerMigrationMax } from "../../../api/ledger/migrate.ts";
import { budget } from "../../../api/ledger/budget.ts";
import { countingKv } from "../ledger/counting_kv.ts";
import { deviceA, ledgerWorld, user } from "../ledger/ledger_world.ts";
import { entryRow, legacyRow, putRows } from "./legacy_rows.ts";

const entries = (n: number) => Array.from({ length: n }, (_, i) => entryRow(i));

Deno.test("a call stays within eight commits, says exactly what remains, and the next goes on there", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    const counting = countingKv(kv);
    const { ledger, store } = ledgerWorld(kvLedgerStore(counting.kv));
    const total = 2 * rowsPerMigrationMax + 100;
    await putRows(store, user, entries(total));
    counting.take();
    let left = total;
    for (let calls = 1; left > 0; calls++) {
      const result = await ledger.migrate(user);
      assert(result.ok);
      const { entriesConverted, remaining } = result.report;
      const { steps, commits } = counting.take();
      // The generation, once, and the state.
      assert(commits <= budget.commitsMax + 2, `${commits} commits`);
      assert(steps <= 20, `${steps} steps`);
      assertEquals(remaining, left - entriesConverted);
      assert(entriesConverted >= 1000 || remaining === 0, `${entriesConverted} rows in one call`);
      left = remaining;
      assert(calls <= 4);
    }
    assertEquals((await ledger.status(user)).entityCount, total);
  } finally {
    kv.close();
  }
});

Deno.test("a call touches about 4 MiB at most, however large the rows are", async () => {
  const { ledger, store } = ledgerWorld(memoryLedgerStore());
  const text = "x".repeat(200_000);
  await putRows(store, user, Array.from({ length: 50 }, (_, i) => legacyRow("goal", `g${i}`, { text })));
  const result = await ledger.migrate(user);
  assert(result.ok);
  const { goalsConverted, remaining } = result.report;
  assertEquals(goalsConverted + remaining, 50);
  assert(goalsConverted >= 15 && goalsConverted <= 21, `${goalsConverted} rows`);
});

Deno.test("every exchange is busy until all rows are in, then it answers", async () => {
  const { ledger, store } = ledgerWorld(memoryLedgerStore({ stepsPerCommitMax: 25 }));
  await putRows(store, user, entries(500));
  const poll = () => ledger.exchange(user, { lastKnownServerVersion: 0, deviceId: deviceA, changes: [] });
  for (let calls = 0; calls < 2; calls++) {
    assertEquals(await poll(), { ok: false, code: "busy", retryAfterMs: budget.busyRetryAfterMs });
  }
  const answered = await poll();
  assert(answered.ok);
  assertEquals([answered.response.serverVersion, answered.response.newChanges.length], [500, 500]);
});

Deno.test("a user whose rows are migrated polls in one step, and is let through in one", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    const counting = countingKv(kv);
    const { ledger, store, sync } = ledgerWorld(kvLedgerStore(counting.kv));
    await putRows(store, user, entries(3));
    const { epoch } = await sync(0, [], { deviceId: deviceA });
    await sync(3, [], { deviceId: deviceA, epoch });
    counting.take();
    await sync(3, [], { deviceId: deviceA, epoch });
    assertEquals(counting.take(), { steps: 1, commits: 0 });
    assertEquals(await ledger.ensureMigrated(user), { ok: true });
    assertEquals(counting.take(), { steps: 1, commits: 0 });
  } finally {
    kv.close();
  }
});
