/** The import of V1's rows: what it keeps, what it leaves out, what a second run does. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../api/adapters/memory_ledger_store.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import type { LegacyRow, LegacyStore } from "../../api/ledger/legacy_store.ts";
import { dialectsOf } from "../../scripts/legacy_import/dialects_of.ts";
import {
  importLegacy,
  type ImportTotals,
  type RowSkip,
  type UserImport,
} from "../../scripts/legacy_import/import_legacy.ts";
import { describeImport, skipSample, userLine } from "../../scripts/legacy_import/import_report.ts";
import { openLegacySource } from "../../scripts/legacy_import/legacy_source.ts";
import { migrateUsers } from "../../scripts/legacy_import/migrate_users.ts";
import { progressLine } from "../../scripts/legacy_import/progress_line.ts";
import { type SampleRow, sampleRows } from "../../scripts/legacy_import/sample_rows.ts";
import { writeSampleDatabase } from "../../scripts/legacy_import/write_sample_database.ts";
import { readLegacyRecord } from "../../shared/legacy_record.ts";
import { virtualClock } from "../api/ledger/ledger_world.ts";

const options = { seed: 11, users: 4, rows: 1500, brokenShare: 0.1 };

interface Imported {
  totals: ImportTotals;
  skips: RowSkip[];
  users: UserImport[];
}

/** Imports a file into `store`. */
async function run(path: string, store: LegacyStore, dryRun = false): Promise<Imported> {
  const source = await openLegacySource(path);
  const [skips, users]: [RowSkip[], UserImport[]] = [[], []];
  const listener = {
    skipped: (skip: RowSkip) => void skips.push(skip),
    userDone: (done: UserImport) => void users.push(done),
  };
  try {
    return { totals: await importLegacy({ source, store, dryRun, listener }), skips, users };
  } finally {
    source.close();
  }
}

async function withFile(rows: Iterable<SampleRow>, test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    writeSampleDatabase(`${folder}/v1.sqlite`, rows);
    await test(`${folder}/v1.sqlite`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function withDump(inserts: string, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    const columns = "user_id, entity_type, entity_id, data, updated_at, deleted_at";
    await Deno.writeTextFile(
      path,
      `CREATE TABLE sync_data(${columns});INSERT INTO sync_data VALUES ${inserts};`,
    );
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

/** All rows of a store, by user. */
async function rowsOf(store: LegacyStore): Promise<Map<string, LegacyRow[]>> {
  const all = new Map<string, LegacyRow[]>();
  for (const user of await store.listLegacyUsers(null, 1000)) {
    const rows: LegacyRow[] = [];
    for (let after: LegacyRow | null = null;;) {
      const page: LegacyRow[] = await store.listLegacyRows(user, { after, limit: 500, bytesMax: 1e9 });
      if (page.length === 0) break;
      rows.push(...page);
      after = page.at(-1)!;
    }
    all.set(user, rows);
  }
  return all;
}

Deno.test("every row that can be kept is in the store as V1 had it, and pending", () =>
  withFile(sampleRows(options), async (path) => {
    using kv = await Deno.openKv(":memory:");
    const store = kvLedgerStore(kv);
    const { totals, users } = await run(path, store);
    const keepable = [...sampleRows(options)].filter(({ broken }) =>
      broken !== "no_user" && broken !== "not_utf8"
    );
    const wanted = keepable.map((row) =>
      [row.userId, row.entityType, row.entityId, row.data, row.deletedAt].join()
    );
    const found = [...await rowsOf(store)].flatMap(([user, rows]) =>
      rows.map((row) => [user, row.entityType, row.entityId, row.data, row.deletedAt].join())
    );
    assertEquals(found.sort(), wanted.sort());
    assertEquals([totals.rows, totals.written, totals.unchanged], [1500, keepable.length, 0]);
    assertEquals([users.length, totals.users, totals.missing], [4, 4, 0]);
    for (const { user, source, before, after } of users) {
      assertEquals([before.size, after], [0, source]);
      assert((await store.readHead(user)).legacyPending);
    }
  }));

Deno.test("a second run changes nothing", () =>
  withFile(sampleRows(options), async (path) => {
    const store = memoryLedgerStore();
    const first = await run(path, store);
    const rows = await rowsOf(store);
    const again = await run(path, store);
    assertEquals([again.totals.written, again.totals.unchanged], [0, first.totals.written]);
    assertEquals(again.totals.before, first.totals.after);
    assertEquals(again.skips, first.skips);
    assertEquals(await rowsOf(store), rows);
  }));

Deno.test("a dry run says the same and writes nothing", () =>
  withFile(sampleRows(options), async (path) => {
    using kv = await Deno.openKv(":memory:");
    const dry = await run(path, kvLedgerStore(kv), true);
    assertEquals(await Array.fromAsync(kv.list({ prefix: [] })), []);
    const real = await run(path, memoryLedgerStore());
    assertEquals(dry.skips, real.skips);
    assertEquals(dry.totals.source, real.totals.source);
    assertEquals(dry.totals.normalised, real.totals.normalised);
  }));

Deno.test("rows that cannot become changes are named, with a reason and without their values", () =>
  withFile(sampleRows(options), async (path) => {
    const { totals, skips } = await run(path, memoryLedgerStore());
    const broken = [...sampleRows(options)].filter(({ broken }) => broken);
    const named = (row: { entityType: string | null; entityId: string | null }) =>
      `${row.entityType}/${row.entityId}`;
    assertEquals(skips.map(named).sort(), broken.map(named).sort());
    const lost = broken.filter(({ broken }) => broken === "no_user" || broken === "not_utf8");
    assertEquals(skips.filter(({ kept }) => !kept).map(named).sort(), lost.map(named).sort());
    assertEquals([totals.notKept, totals.willBeSkipped], [lost.length, broken.length - lost.length]);
    for (const { reason } of skips) assert(/^[^{}]{10,120}\.$/.test(reason), reason);
  }));

Deno.test("of several rows of one record the newest counts", () =>
  withDump(
    `('u','goal','g','{"id":"g","n":2}','2025-02-02',NULL), ('u','goal','g','{"id":"g","n":1}','2025-01-01',NULL),
     ('u','goal','h','{"id":"h"}',NULL,1753913695002)`,
    async (path) => {
      const store = memoryLedgerStore();
      const { totals } = await run(path, store);
      const rows = (await rowsOf(store)).get("u");
      assertEquals(rows?.map(({ data, deletedAt }) => [data, deletedAt]), [
        ['{"id":"g","n":2}', null],
        ['{"id":"h"}', 1753913695002],
      ]);
      assertEquals([totals.superseded, totals.missing, totals.written], [1, 0, 2]);
    },
  ));

Deno.test("of two rows of one record only the newest is ever written, also where a write ends between them", () => {
  // Whoever migrates meanwhile would take the older one for good.
  const rows = Array.from({ length: 600 }, (_, n) => String(n).padStart(3, "0"))
    .flatMap((n) => [`('u','goal','${n}','{"id":"${n}"}','2025-01-01',NULL)`])
    .flatMap((row, n) =>
      n === 499 ? [row, row.replace("2025-01-01", "2025-02-02").replace("}", ',"new":1}')] : row
    );
  return withDump(rows.join(","), async (path) => {
    const { totals } = await run(path, memoryLedgerStore());
    assertEquals([totals.rows, totals.superseded, totals.written], [601, 1, 600]);
  });
});

Deno.test("whoever has erased everything gets nothing back", () =>
  withDump(
    `('u','goal','g','{"id":"g"}',NULL,NULL), ('v','goal','g','{"id":"g"}',NULL,NULL)`,
    async (path) => {
      const store = memoryLedgerStore();
      const clock = virtualClock();
      const ledger = createLedger({ store, clock, ids: systemIds(), random: { next: () => 0.5 } });
      await run(path, store);
      await ledger.erase("u");
      const { totals, users } = await run(path, store);
      assertEquals([totals.erasedUsers, users.map(({ erased }) => erased)], [1, [true, false]]);
      assertEquals([...(await rowsOf(store)).keys()], ["v"]);
      const said = describeImport(totals, false, []).join("\n");
      assert(said.includes("1 user erased everything here since: nothing of theirs came back."), said);
    },
  ));

Deno.test("while v2 is paused nobody is migrated, and all are named", () =>
  withDump(
    `('u','goal','g','{"id":"g"}',NULL,NULL), ('v','goal','g','{"id":"g"}',NULL,NULL)`,
    async (path) => {
      const store = memoryLedgerStore();
      const clock = virtualClock();
      const deps = { store, clock, ids: systemIds(), random: { next: () => 0.5 } };
      await run(path, store);
      const users = ["u", "v"];
      const paused = await migrateUsers({
        ...{ ledger: createLedger({ ...deps, config: { paused: true } }), clock, users },
      });
      assertEquals(paused, { users: 2, entries: 0, goals: 0, skipped: 0, unfinished: users });
      const done = await migrateUsers({ ledger: createLedger(deps), clock, users });
      assertEquals(done, { users: 2, entries: 0, goals: 2, skipped: 0, unfinished: [] });
    },
  ));

Deno.test("dialects are told by comparing a record before and after", () => {
  const cases = [
    [{ timestamp: 1753913695002 }, ["numericTime", "addedTimes"]],
    [{ type: "PRACTICE" }, ["capitals"]],
    [{ goals: ["g"] }, ["goals"]],
    [{ goals: '["g"]' }, ["goals", "arrayText"]],
    [{ pieces: "[]" }, ["arrayText"]],
    [{ userId: "u" }, ["strayUser"]],
    [{ type: "practice", notes: null, timestamp: "2025-01-01", createdAt: "x", updatedAt: "y" }, []],
  ] as const;
  for (const [fields, dialects] of cases) {
    const stored = { id: "a", ...fields };
    const record = readLegacyRecord("logbook_entry", stored);
    assert(record.ok);
    assertEquals(dialectsOf(stored, record.data).sort(), [...dialects].sort());
  }
});

Deno.test("the account counts by type and reason and names the first rows", () =>
  withDump(
    `('u','goal','g','{"id":"g","userId":"u"}',NULL,NULL), ('u','goal','bad','{ secret',NULL,NULL), ('','goal','x','{}',NULL,NULL)`,
    async (path) => {
      const { totals, skips, users } = await run(path, memoryLedgerStore());
      const sample = skipSample();
      for (const skip of skips) sample.add(skip);
      const said = describeImport(totals, false, sample.lines()).join("\n");
      for (
        const part of [
          "3 rows of 1 user read.",
          "goal       2             0            2",
          "2 rows written, 0 were there already, equal.",
          "  1 row: a stray userId was left out",
          "2 rows cannot become changes (1 of them not stored, 1 stored as they are):",
          "  1 row: The row names no usable user.",
          '  "u" "goal" "bad": ',
        ]
      ) assert(said.includes(part), `${part}\n---\n${said}`);
      assert(!said.includes("secret"));
      const line = JSON.parse(userLine(users[0]!));
      assertEquals([line.user, line.source, line.after], ["u", [["goal", 2]], [["goal", 2]]]);
    },
  ));

Deno.test("progress is a bar at a terminal and a line every two seconds elsewhere", () => {
  let nowMs = 0;
  const show = (terminal: boolean) => {
    let text = "";
    const line = progressLine({ terminal, nowMs: () => nowMs, write: (more) => void (text += more) });
    for (let done = 0; done <= 100; done++) {
      line.show(done, 100, `${done} rows`);
      nowMs += 50;
    }
    line.end();
    return text;
  };
  assertEquals(show(false), "40 %: 40 rows\n80 %: 80 rows\n");
  const bar = show(true);
  assertEquals(bar.split("\r").length, 52);
  assert(bar.includes("\r[#########.....................]  30 % 30 rows\x1b[K"), JSON.stringify(bar));
  assert(bar.endsWith("100 % 100 rows\x1b[K\n"));
});
