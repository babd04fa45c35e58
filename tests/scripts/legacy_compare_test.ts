/** The dual-run check: nothing to find after a migration and after edits, and everything that is planted. */
import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../api/adapters/memory_ledger_store.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import { trimLog } from "../../api/ledger/trim.ts";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import type { Ledger } from "../../api/ports.ts";
import {
  compareUsers,
  type ComparisonTotals,
  usersToCompare,
} from "../../scripts/compare_legacy/compare_users.ts";
import { describeDifference } from "../../scripts/compare_legacy/describe_difference.ts";
import type { Difference } from "../../scripts/compare_legacy/difference.ts";
import { importLegacy } from "../../scripts/legacy_import/import_legacy.ts";
import { type LegacySource, openLegacySource } from "../../scripts/legacy_import/legacy_source.ts";
import { migrateUsers } from "../../scripts/legacy_import/migrate_users.ts";
import { sampleRows } from "../../scripts/legacy_import/sample_rows.ts";
import { writeSampleDatabase } from "../../scripts/legacy_import/write_sample_database.ts";
import type { JsonObject } from "../../shared/mod.ts";
import { deviceA, virtualClock } from "../api/ledger/ledger_world.ts";

const options = { seed: 3, users: 3, rows: 300, brokenShare: 0.1 };

interface Site {
  store: LedgerStore;
  ledger: Ledger;
  source: LegacySource;
  users: string[];
}

function ledgerOn(store: LedgerStore): Ledger {
  return createLedger({ store, clock: virtualClock(), ids: systemIds(), random: { next: () => 0.5 } });
}

/** A site whose V1 rows are imported, and migrated unless `pending`. */
async function withSite(
  store: LedgerStore,
  test: (site: Site) => Promise<void>,
  pending = false,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    writeSampleDatabase(`${folder}/v1.sqlite`, sampleRows(options));
    const source = await openLegacySource(`${folder}/v1.sqlite`);
    try {
      const ledger = ledgerOn(store);
      const willBeSkipped: string[] = [];
      await importLegacy({
        ...{ source, store, dryRun: false },
        listener: { skipped: ({ kept, entityId }) => void (kept && willBeSkipped.push(`${entityId}`)) },
      });
      const users = await store.listLegacyUsers(null, 100);
      if (!pending) {
        const skipped: string[] = [];
        const done = await migrateUsers({
          ...{ ledger, users, clock: virtualClock() },
          skipped: (_user, { entityId }) => void skipped.push(entityId),
        });
        assertEquals([done.unfinished, done.users], [[], options.users]);
        assertEquals(
          skipped.sort(),
          willBeSkipped.sort(),
          "what the import foretold is what migration left out",
        );
      }
      await test({ store, ledger, source, users });
    } finally {
      source.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function compare(
  { store, source }: Site,
  useSource = true,
): Promise<{ totals: ComparisonTotals; found: Difference[] }> {
  const found: Difference[] = [];
  const totals = await compareUsers({
    ...{ store, v1: ledgerOn(store).v1, source: useSource ? source : undefined },
    users: (await usersToCompare(store, source)).users,
    listener: { found: (difference) => void found.push(difference) },
  });
  return { totals, found };
}

/** The live entries of a user as the ledger has them. */
async function someEntries({ ledger }: Site, user: string): Promise<(JsonObject & { id: string })[]> {
  const pulled = await ledger.v1.pull(user, undefined);
  assert(pulled.ok);
  return pulled.records.logbook_entry.map((text) => JSON.parse(text));
}

/** Replaces text in the values of a database. */
async function tamper(kv: Deno.Kv, kind: string, from: string, to: string): Promise<number> {
  let changed = 0;
  for await (const { key, value } of kv.list<Uint8Array>({ prefix: [kind] })) {
    const text = new TextDecoder().decode(value);
    if (!text.includes(from)) continue;
    await kv.set(key, new TextEncoder().encode(text.replaceAll(from, to)));
    changed++;
  }
  return changed;
}

Deno.test("after a migration V1's rows, V1's full state and the fold of v2's log are the same", () =>
  withSite(memoryLedgerStore(), async (site) => {
    for (const useSource of [true, false]) {
      const { totals, found } = await compare(site, useSource);
      assertEquals([found, totals.pending, totals.moving], [[], [], []]);
      assertEquals([totals.users, totals.editedSince, totals.met], [3, 0, 0]);
      assert(totals.records > 200 && totals.compared > 200 && totals.skipped > 10, JSON.stringify(totals));
    }
  }));

Deno.test("edits and deletions since, by either protocol, are no differences", () =>
  withSite(memoryLedgerStore(), async (site) => {
    const user = site.users[0]!;
    const [one, two, three, four] = await someEntries(site, user);
    const result = await site.ledger.exchange(user, {
      lastKnownServerVersion: (await site.store.readHead(user)).head!.version,
      changes: [
        {
          ...{
            changeId: crypto.randomUUID(),
            type: "UPDATED",
            entityType: "logbook_entry",
            entityId: one!.id,
          },
          ...{ data: { notes: "edited by v2", duration: 1 }, timestamp: 0 },
        },
        {
          ...{
            changeId: crypto.randomUUID(),
            type: "DELETED",
            entityType: "logbook_entry",
            entityId: two!.id,
          },
          timestamp: 0,
        },
      ],
      deviceId: deviceA,
    });
    assert(result.ok);
    assertEquals(result.response.results.map(({ status }) => status), ["applied", "applied"]);
    const pushed = await site.ledger.v1.push(
      user,
      {
        records: [
          { entityType: "logbook_entry", record: { ...three!, notes: "edited by V1" } },
          { entityType: "logbook_entry", record: { ...four!, deletedAt: "2026-01-01T00:00:00.000Z" } },
        ],
        token: await tokenOf(site, user),
      },
      () => "{}",
    );
    assert(
      pushed.ok && pushed.pushed!.outcomes.every(({ kind }) => kind === "written"),
      JSON.stringify(pushed),
    );
    const { totals, found } = await compare(site);
    assertEquals(found, []);
    assertEquals(totals.editedSince, 4);
  }));

async function tokenOf({ ledger }: Site, user: string): Promise<string> {
  const pulled = await ledger.v1.pull(user, undefined);
  assert(pulled.ok);
  return pulled.token;
}

Deno.test("a log that was trimmed is compared by what a new device gets", () =>
  withSite(memoryLedgerStore(), async (site) => {
    const deps = { store: site.store, clock: virtualClock(), ids: systemIds(), random: { next: () => 0.5 } };
    for (const user of site.users) {
      const trim = await trimLog(deps, user, Number.MAX_SAFE_INTEGER);
      assert(trim.ok && trim.trimmed > 0);
    }
    const { totals, found } = await compare(site);
    assertEquals([found, totals.pending, totals.moving], [[], [], []]);
    assert(totals.records > 200);
  }));

Deno.test("a value that differs between V1's view and v2's log is found, wherever it was spoilt", async () => {
  for (const kind of ["entity", "log"]) {
    using kv = await Deno.openKv(":memory:");
    await withSite(kvLedgerStore(kv), async (site) => {
      const entry = (await someEntries(site, site.users[1]!)).find(({ type }) => type === "practice")!;
      const change = (value: string) => JSON.stringify({ x: value }).slice(5, -1);
      const before = change(String(entry.createdAt));
      assert(await tamper(kv, kind, before, change("1999-01-01T00:00:00.000Z")) > 0, "something was spoilt");
      const { totals, found } = await compare(site);
      assert(totals.usersWithDifferences > 0);
      const views = found.filter(({ sides, entityId }) => sides === "v1 | v2" && entityId === entry.id);
      assertEquals(views.map(({ field }) => field).includes("createdAt"), true, JSON.stringify(found));
      assertEquals(found.some(({ sides }) => sides === "log | ledger"), kind === "log");
      // V1's rows are held against the entities.
      const rows = found.filter(({ sides, entityId }) => sides === "source | v2" && entityId === entry.id);
      assertEquals(rows.map(({ field }) => field).includes("createdAt"), kind === "entity");
    });
  }
});

Deno.test("a record that V1's view has lost is found", async () => {
  using kv = await Deno.openKv(":memory:");
  await withSite(kvLedgerStore(kv), async (site) => {
    const user = site.users[0]!;
    const { id } = (await someEntries(site, user))[0]!;
    const { head } = await site.store.readHead(user);
    await kv.delete(["entity", user, head!.prefix, "logbook_entry", id]);
    const { found } = await compare(site);
    assertEquals(found.map(({ sides, entityId, field }) => [sides, entityId, field]), [
      ["v1 | v2", id, null],
      ["source | v2", id, null],
    ]);
    assertEquals(["left" in found[0]!, "right" in found[0]!], [false, true]);
  });
});

Deno.test("a row of the source that migration did not take over as it is, or not at all, is found", () =>
  withSite(memoryLedgerStore(), async (site) => {
    const user = site.users[2]!;
    const rows = [...site.source.rows(user)];
    const at = rows.findIndex(({ entityType, deletedAt, data }) =>
      entityType === "logbook_entry" && deletedAt === null && data?.includes('"duration"')
    );
    assert(at >= 0);
    const changed = { ...rows[at]!, data: rows[at]!.data!.replace(/"duration":\d+/, '"duration":99999') };
    const extra = { ...rows[at]!, entityId: "only-in-v1", data: '{"id":"only-in-v1","secret":"value"}' };
    const source = {
      ...site.source,
      *rows() {
        yield* rows.with(at, changed);
        yield extra;
      },
    };
    const found: Difference[] = [];
    await compareUsers({
      ...{ store: site.store, v1: site.ledger.v1, users: [user], source },
      listener: { found: (difference) => void found.push(difference) },
    });
    // A record with other content would have had another changeId: for v2 neither was ever migrated.
    assertEquals(found.map(({ sides, entityId, field }) => [sides, entityId, field]), [
      ["source | v2", changed.entityId, null],
      ["source | v2", "only-in-v1", null],
    ]);
    const line = describeDifference(found[1]!, false);
    assertEquals(
      line,
      `${JSON.stringify(user)} logbook_entry "only-in-v1" (whole record): source object of 2, v2 nothing`,
    );
    assert(describeDifference(found[1]!, true).includes('{"id":"only-in-v1","secret":"value"}'));
  }));

Deno.test("of a user whose rows wait for migration nothing is said", () =>
  withSite(memoryLedgerStore(), async (site) => {
    const { totals, found } = await compare(site);
    assertEquals([found, totals.pending, totals.records], [[], site.users.toSorted(), 0]);
    assert((await site.store.readHead(site.users[0]!)).legacyPending, "the check migrates nobody");
  }, true));

Deno.test("who is written to all the while, or has too much for V1, is named and not judged", () =>
  withSite(memoryLedgerStore(), async (site) => {
    const [busy, large, calm] = site.users;
    const { v1 } = site.ledger;
    const totals = await compareUsers({
      store: site.store,
      users: site.users,
      v1: {
        ...v1,
        async pull(user, deviceId) {
          if (user === large) return { ok: false, code: "too_large", bytesMax: 1 };
          if (user === busy) {
            const change = { changeId: crypto.randomUUID(), type: "CREATED", entityType: "goal", data: {} };
            const changes = [{ ...change, entityId: crypto.randomUUID(), timestamp: 0 }];
            await site.ledger.exchange(user, { lastKnownServerVersion: 0, changes });
          }
          return await v1.pull(user, deviceId);
        },
      },
    });
    assertEquals([totals.moving, totals.tooLarge, totals.pending], [[busy], [large], []]);
    assert(totals.records > 0 && totals.differences === 0, `${calm} alone is compared`);
  }));

Deno.test("what a user has erased is not missed", () =>
  withSite(memoryLedgerStore(), async (site) => {
    await site.ledger.erase(site.users[0]!);
    const { totals, found } = await compare(site);
    assertEquals([found, totals.users, totals.pending], [[], 3, []]);
  }));

Deno.test("a user of the source whose id no store takes is named, and stops nobody's comparison", () =>
  withSite(memoryLedgerStore(), async (site) => {
    const long = "u".repeat(3000);
    const source = {
      ...site.source,
      *users() {
        yield* site.source.users();
        yield long;
      },
    };
    assertEquals(await usersToCompare(site.store, source), {
      users: site.users.toSorted(),
      unusable: [long],
    });
  }));

Deno.test("an empty store has nobody to compare, which is not called no difference", async () => {
  const folder = await Deno.makeTempDir();
  try {
    (await Deno.openKv(`${folder}/store.kv`)).close();
    const database = new DatabaseSync(`${folder}/v1.sqlite`);
    database.exec("CREATE TABLE sync_data(user_id, entity_type, entity_id, data)");
    database.prepare("INSERT INTO sync_data VALUES(?, 'goal', 'g', '{}')").run("u".repeat(3000));
    database.close();
    for (const more of [[], ["--from", `${folder}/v1.sqlite`]]) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "scripts/compare_legacy.ts", "--all", ...more],
        env: { KV_PATH: `${folder}/store.kv` },
      }).output();
      const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assertEquals(code, 1, out);
      assert(error!.startsWith(`Nothing was compared. Nobody is in ${folder}/store.kv`), error);
      assertEquals(out!.includes("1 users of"), more.length > 0, out);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the command ends with 0 without differences, 1 with them, 2 when called wrongly", async () => {
  const path = `${await Deno.makeTempDir()}/store.kv`;
  const run = async (...args: string[]) => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/compare_legacy.ts", ...args],
      env: { KV_PATH: path },
    });
    const { code, stdout, stderr } = await command.output();
    return { code, out: new TextDecoder().decode(stdout), error: new TextDecoder().decode(stderr) };
  };
  const kv = await Deno.openKv(path);
  await withSite(kvLedgerStore(kv), async (site) => {
    const clean = await run("--all");
    assertEquals(clean.code, 0, clean.out + clean.error);
    assert(clean.out.includes("0 differences of 0 users."), clean.out);
    const user = site.users[0]!;
    const entry = (await someEntries(site, user))[0]!;
    await tamper(kv, "entity", JSON.stringify(entry.createdAt), '"secret value"');
    const spoilt = await run("--user", user);
    assertEquals(spoilt.code, 1, spoilt.error);
    assert(
      spoilt.out.includes(`logbook_entry "${entry.id}" createdAt: v1 text of 12, v2 text of 24`),
      spoilt.out,
    );
    assert(!spoilt.out.includes("secret value"));
    const wrong = await run("--all", "--user", user);
    assertEquals([wrong.code, wrong.error.includes("Usage: deno task legacy-diff")], [2, true]);
    const misspelt = await run("--user", `${user}x`);
    assertEquals(misspelt.code, 1, misspelt.out);
    assert(
      misspelt.error.startsWith("Nothing was compared. ") && misspelt.error.includes(`${user}x`),
      misspelt.error,
    );
    const long = await run("--user", "u".repeat(3000));
    assertEquals([long.code, long.error.includes("1 to 128 characters")], [2, true], long.error);
  });
  kv.close();
  await Deno.remove(path.slice(0, path.lastIndexOf("/")), { recursive: true });
});
