/** Backup and restore of rows of the older system: what is pending stays pending, what is erased stays erased. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import type { Ledger } from "../../api/ports.ts";
import { backUpStore } from "../../scripts/backup/back_up_store.ts";
import { writeBackupFile } from "../../scripts/backup/backup_file.ts";
import { restoreStore } from "../../scripts/backup/restore_store.ts";
import { virtualClock } from "../api/ledger/ledger_world.ts";
import { entryRow, legacyRow, liveData, migrateAll, putRows } from "../api/legacy/legacy_rows.ts";

const ids = systemIds();
const clock = { ...virtualClock(), nowMs: () => Date.now() };
const random = { next: () => 0.5 };

interface World {
  kv: Deno.Kv;
  store: LedgerStore;
  ledger: Ledger;
}

/** `backUp` and `restore` go through a file, as the commands do. */
async function withStores(
  test: (stores: {
    open(): Promise<World>;
    backUp(world: World): Promise<string>;
    restore(world: World, path: string, replace?: boolean): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const opened: Deno.Kv[] = [];
  let files = 0;
  try {
    await test({
      async open() {
        const kv = await Deno.openKv(":memory:");
        opened.push(kv);
        const store = kvLedgerStore(kv);
        return { kv, store, ledger: createLedger({ store, clock, ids, random }) };
      },
      async backUp({ kv, store }) {
        const path = `${folder}/${++files}.backup`;
        const counts = { users: 0, keys: 0, records: 0 };
        const takenAt = new Date().toISOString();
        await writeBackupFile(path, backUpStore({ kv, store, ids, takenAt, counts }));
        return path;
      },
      async restore({ kv }, path, replace = false) {
        const result = await restoreStore({ kv, deps: { clock, random, ids }, path, replace });
        assert(result.ok, JSON.stringify(result));
      },
    });
  } finally {
    for (const kv of opened) kv.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const rows = [
  ...Array.from({ length: 30 }, (_, i) => entryRow(i)),
  legacyRow("goal", "large", { text: "x".repeat(200_000) }),
  legacyRow("goal", "bad", {}, { data: "{" }),
];

async function keysOf({ kv }: World, user: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of kv.list({ prefix: ["legacy", user] })) keys.push(String(key[2]));
  return keys;
}

Deno.test("rows that were never migrated are in the backup, and are migrated where it is restored", () =>
  withStores(async ({ open, backUp, restore }) => {
    const source = await open();
    await putRows(source.store, "ada", rows);
    const path = await backUp(source);
    const target = await open();
    await restore(target, path);
    const [report] = await migrateAll(target.ledger, "ada");
    assertEquals([report!.entriesConverted, report!.goalsConverted, report!.skipped.length], [30, 1, 1]);
    await migrateAll(source.ledger, "ada");
    assertEquals(await liveData(target.ledger, "ada"), await liveData(source.ledger, "ada"));
  }));

Deno.test("a restore to before a migration migrates again; to after it, not", () =>
  withStores(async ({ open, backUp, restore }) => {
    const world = await open();
    await putRows(world.store, "ada", rows);
    const before = await backUp(world);
    await migrateAll(world.ledger, "ada");
    const live = await liveData(world.ledger, "ada");
    const after = await backUp(world);

    await restore(world, before, true);
    assertEquals(await world.ledger.status("ada").then(({ entityCount }) => entityCount), 0);
    assertEquals((await migrateAll(world.ledger, "ada"))[0]!.entriesConverted, 30);
    assertEquals(await liveData(world.ledger, "ada"), live);

    await restore(world, after, true);
    const [report] = await migrateAll(world.ledger, "ada");
    assertEquals([report!.alreadyMigrated, report!.skipped.length], [true, 1]);
    assertEquals(await liveData(world.ledger, "ada"), live);
  }));

Deno.test("rows of a user who has erased come back in no store", () =>
  withStores(async ({ open, backUp, restore }) => {
    const world = await open();
    await putRows(world.store, "ada", rows);
    await putRows(world.store, "bob", rows);
    await migrateAll(world.ledger, "ada");
    const before = await backUp(world);
    assert((await world.ledger.erase("bob")).ok);
    // Ada's erase does not get to its sweep before the next backup.
    const unswept = { ...world.store, sweepErased: () => Promise.resolve({ deleted: 0, more: true }) };
    assert((await createLedger({ store: unswept, clock, ids, random }).erase("ada")).ok);
    const between = await backUp(world);
    const elsewhere = await open();
    await restore(elsewhere, between);
    await restore(world, before, true);
    for (const { store, ledger, kv } of [elsewhere, world]) {
      for (const user of ["ada", "bob"]) {
        assertEquals((await store.readHead(user)).legacyPending, false);
        assertEquals(await liveData(ledger, user), {});
        assertEquals(await keysOf({ store, ledger, kv }, user), []);
      }
    }
  }));
