/** V1 databases and their dumps as the import reads them. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { seededRandom } from "../../client/demo/seeded_random.ts";
import { brokenKinds } from "../../scripts/legacy_import/break_row.ts";
import { openLegacySource, type SourceRow } from "../../scripts/legacy_import/legacy_source.ts";
import { LegacySourceError } from "../../scripts/legacy_import/legacy_source_error.ts";
import { readToEnd } from "../../scripts/legacy_import/read_to_end.ts";
import { sampleRows } from "../../scripts/legacy_import/sample_rows.ts";
import { DumpError, sqlStatements } from "../../scripts/legacy_import/sql_statements.ts";
import { writeSampleDatabase } from "../../scripts/legacy_import/write_sample_database.ts";
import { dumpStyles, sampleDump } from "../../scripts/legacy_import/write_sample_dump.ts";

const small = { seed: 7, users: 5, rows: 400, brokenShare: 0.1 };

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readAll(path: string): Promise<SourceRow[]> {
  const source = await openLegacySource(path);
  try {
    const rows = [...source.rows()];
    assertEquals(rows.length, source.rowCount);
    return rows;
  } finally {
    source.close();
  }
}

const dumpHead = "BEGIN TRANSACTION;\nCREATE TABLE sync_data(user_id, entity_type, entity_id, data);\n";

/** The `data` of all rows of a dump's text. */
async function dataOf(folder: string, dump: string | Uint8Array<ArrayBuffer>): Promise<(string | null)[]> {
  const path = `${folder}/dump.sql`;
  await Deno.writeFile(path, typeof dump === "string" ? new TextEncoder().encode(dump) : dump);
  return (await readAll(path)).map(({ data }) => data);
}

async function pieces(text: string, random?: ReturnType<typeof seededRandom>): Promise<string[]> {
  async function* cut() {
    for (let at = 0; at < text.length;) {
      const length = random ? random.integer(1, 9) : text.length;
      yield text.slice(at, at + length);
      at += length;
    }
  }
  return await Array.fromAsync(sqlStatements(cut()));
}

Deno.test("a generated database has all dialects, every kind of damage, and comes out the same again", () => {
  const rows = [...sampleRows({ ...small, rows: 3000 })];
  assertEquals(rows.length, 3000);
  assertEquals(rows, [...sampleRows({ ...small, rows: 3000 })]);
  assertEquals(new Set(rows.flatMap(({ broken }) => broken ?? [])), new Set(brokenKinds));
  const sound = rows.filter(({ broken }) => !broken).map((row) => ({
    row,
    data: JSON.parse(String(row.data)),
  }));
  const share = (test: (found: typeof sound[number]) => boolean) => sound.filter(test).length;
  const dialects = {
    numericTime: share(({ data }) => typeof data.timestamp === "number"),
    goals: share(({ data }) => data.goals !== undefined),
    capitals: share(({ data }) => data.type === "PRACTICE" || data.status === "ACTIVE"),
    noTimes: share(({ row, data }) => row.entityType === "logbook_entry" && data.createdAt === undefined),
    strayUser: share(({ data }) => data.userId !== undefined),
    arrayText: share(({ data }) => typeof data.pieces === "string"),
    timeIds: share(({ data }) => /^entry_\d+_/.test(data.id)),
    nulls: share(({ data }) => data.notes === null),
    deleted: share(({ row }) => row.deletedAt !== null),
    otherTypes: share(({ row }) => !["goal", "logbook_entry"].includes(row.entityType)),
  };
  for (const [name, count] of Object.entries(dialects)) assert(count > 30, `${name}: ${count}`);
});

Deno.test("rows are shared among users down to one for each", () => {
  for (const rows of [200, 201, 399, 1000]) {
    const made = [...sampleRows({ ...small, users: 200, rows })];
    assertEquals([made.length, new Set(made.map(({ id }) => id)).size], [rows, rows]);
    assert(new Set(made.map(({ userId }) => userId)).size >= 200 * (1 - small.brokenShare));
  }
});

Deno.test("a database is made in a new file only, and the command says why not elsewhere", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/mine.sql`, "mine");
    const refused: [string, string][] = [
      ["mine.sql", "mine.sql: it is there already. Name a new file"],
      ["no/x.sqlite", `there is no folder ${folder}/no. Make it`],
      ["mine.sql/x.sql", "It must be a new file in a folder"],
    ];
    for (const [name, says] of refused) {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "scripts/make_legacy_database.ts", "--to", `${folder}/${name}`],
      }).output();
      const error = new TextDecoder().decode(stderr);
      assertEquals([code, error.includes(says), error.includes("    at ")], [2, true, false], error);
    }
    assertEquals(await Deno.readTextFile(`${folder}/mine.sql`), "mine");
  }));

Deno.test("a database and its dumps, whoever wrote them, give the same rows", () =>
  withFolder(async (folder) => {
    writeSampleDatabase(`${folder}/a.sqlite`, sampleRows(small));
    const rows = await readAll(`${folder}/a.sqlite`);
    assertEquals(rows.length, 400);
    for (const style of dumpStyles) {
      const path = `${folder}/${style}.sql`;
      await Deno.writeTextFile(path, [...sampleDump(sampleRows(small), style)].join(""));
      assertEquals(await readAll(path), rows, style);
    }
    const written = [...sampleRows(small)].filter(({ broken }) => broken !== "not_utf8");
    const key = (row: { userId: string | null; entityId: string | null; data: unknown }) =>
      `${row.userId}/${row.entityId}/${row.data}`;
    assertEquals(
      rows.filter(({ data }) => data !== null).map(key).sort(),
      written.map(key).sort(),
    );
  }));

Deno.test("rows are listed user by user, and one user's can be asked for", () =>
  withFolder(async (folder) => {
    writeSampleDatabase(`${folder}/a.sqlite`, sampleRows(small));
    const source = await openLegacySource(`${folder}/a.sqlite`);
    const all = [...source.rows()].filter(({ userId }) => userId !== "");
    assert(all.length < source.rowCount, "some rows are of nobody");
    const users = [...source.users()];
    assertEquals(users.length, source.userCount);
    assertEquals(users.flatMap((user) => [...source.rows(user)]), all);
    source.close();
  }));

Deno.test("of one record the newest row comes last, however times, versions and ids are written", () =>
  withFolder(async (folder) => {
    const path = `${folder}/v1.sqlite`;
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE sync_data(user_id, entity_type, entity_id, data, version, updated_at)");
    const insert = database.prepare("INSERT INTO sync_data VALUES('u', 'goal', ?, ?, ?, ?)");
    const rows: [string | bigint, number | string | null, string | number | bigint | null][] = [
      [7n, null, null],
      ["7", 1, "not a time"],
      [7n, 1, 1735689600],
      ["7", 1, "2025-01-01T00:00:01.000Z"],
      [7n, 1, "2025-01-01 00:00:02"],
      ["7", 1, "2025-01-01T02:00:03+02:00"],
      [7n, 1, "1735689604000"],
      ["7", 1, 1735689605000n],
      [7n, 9, "2025-01-01T00:00:06Z"],
      ["7", "10", "2025-01-01 00:00:06.000"],
    ];
    const shuffled = [3, 9, 0, 6, 2, 8, 5, 1, 7, 4];
    for (const n of shuffled) insert.run(rows[n]![0], String(n), rows[n]![1], rows[n]![2]);
    database.close();
    assertEquals((await readAll(path)).map(({ data }) => Number(data)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }));

Deno.test("text as sqlite3 3.40 and 3.50 dump it comes back as it was", () =>
  withFolder(async (folder) => {
    const insert = (value: string) => `INSERT INTO sync_data VALUES('u','goal','g',${value});\n`;
    const dump = dumpHead +
      insert(String.raw`replace(replace('a\nb\\r','\r',char(13)),'\n',char(10))`) +
      insert(String.raw`unistr('it''s \u000a\u0001\\n')`) +
      insert("X'7b7d'") + insert("'plain; -- text /* with '' all'") + insert("1.5") + "COMMIT;\n";
    assertEquals(await dataOf(folder, dump), [
      "a\nb\\\r",
      "it's \n\x01\\n",
      "{}",
      "plain; -- text /* with ' all",
      "1.5",
    ]);
  }));

Deno.test("a dump that is cut at any point is refused", () =>
  withFolder(async (folder) => {
    const dump =
      `${dumpHead}INSERT INTO sync_data VALUES('u','goal','g','{"a":";''"}'),('u','goal','h','x');\nCOMMIT;`;
    assertEquals(await dataOf(folder, dump), ['{"a":";\'"}', "x"]);
    for (let length = 1; length < dump.length; length++) {
      await assertRejects(() => dataOf(folder, dump.slice(0, length)), LegacySourceError);
    }
  }));

Deno.test("a dump that says it is damaged is refused", () =>
  withFolder(async (folder) => {
    const dump =
      `${dumpHead}/**** ERROR: (11) database disk image is malformed *****/\nROLLBACK; -- due to errors\n`;
    await assertRejects(() => dataOf(folder, dump), LegacySourceError, "damaged");
  }));

Deno.test("statements are the same however the text comes in pieces", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seededRandom(seed);
  const text = [...sampleDump(sampleRows({ ...small, rows: 40, seed }), "d1")].join("") +
    "/* a; */ CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT ';'; SELECT 2; END; -- b;\n SELECT [;], `;`, \";\" ; ;";
  const whole = await pieces(text);
  assertEquals(whole.at(-1), 'SELECT [;], `;`, ";" ');
  assert(whole.at(-2)!.startsWith("CREATE TEMP TRIGGER") && whole.at(-2)!.endsWith("END"));
  for (let n = 0; n < 5; n++) assertEquals(await pieces(text, random), whole, `seed ${seed}`);
  await assertRejects(() => pieces("SELECT 1"), DumpError, "cut short");
});

Deno.test("a dump's other tables and commands are not run", () =>
  withFolder(async (folder) => {
    const other =
      `ATTACH DATABASE '${folder}/made.db' AS m; CREATE TABLE m.x(a); INSERT INTO sync_dataX VALUES(1);\n`;
    const dump = `${dumpHead}${other}INSERT INTO "sync_data" VALUES('u','goal','g','{}');\nCOMMIT;`;
    assertEquals(await dataOf(folder, dump), ["{}"]);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["dump.sql"]);
  }));

Deno.test("what is missing in a schema is named", () =>
  withFolder(async (folder) => {
    await assertRejects(() => readAll(`${folder}/none`), LegacySourceError, "There is no file");
    await assertRejects(() => dataOf(folder, "CREATE TABLE a(b);"), LegacySourceError, "no table sync_data");
    await assertRejects(
      () => dataOf(folder, "CREATE TABLE sync_data(id, user_id, data);"),
      LegacySourceError,
      "no column entity_type, entity_id.",
    );
    const bytes = new TextEncoder().encode(
      `${dumpHead}INSERT INTO sync_data VALUES('u','goal','g','?');COMMIT;`,
    );
    await assertRejects(
      () => dataOf(folder, bytes.map((byte) => byte === 63 ? 0xff : byte)),
      LegacySourceError,
      "Import the database file itself",
    );
    await Deno.writeTextFile(`${folder}/bad.sqlite`, `SQLite format 3\0${"x".repeat(5000)}`);
    await assertRejects(() => readAll(`${folder}/bad.sqlite`), LegacySourceError, "Cannot read");
  }));

/** A V1 database with every page of its table that holds rows, by their numbers in the file. */
function manyPages(path: string): number[] {
  const database = new DatabaseSync(path);
  database.exec(
    "BEGIN; CREATE TABLE sync_data(user_id, entity_type, entity_id, data, UNIQUE(user_id, entity_id))",
  );
  const insert = database.prepare("INSERT INTO sync_data VALUES(?, 'goal', ?, ?)");
  for (let n = 0; n < 200; n++) insert.run(`u${n % 4}`, `g${n}`, "x".repeat(300));
  database.exec("COMMIT");
  database.close();
  const pages = Deno.readFileSync(path);
  // 13 is a leaf of a table; the first page is the schema's.
  return Array.from({ length: pages.length / 4096 }, (_, n) => n).filter((n) =>
    n > 0 && pages[n * 4096] === 13
  );
}

Deno.test("a database with any damaged page is refused, and not taken for an empty or smaller one", () =>
  withFolder(async (folder) => {
    const path = `${folder}/v1.sqlite`;
    const pages = manyPages(path);
    assert(pages.length > 10);
    const whole = Deno.readFileSync(path);
    const damages: [string, (page: Uint8Array) => void][] = [
      ["64 bytes of nothing", (page) => page.fill(0, 0, 64)],
      ["64 bytes of noise", (page) => page.fill(0xa5, 0, 64)],
      ["a row less", (page) => void page[4]!--],
    ];
    for (const [name, spoil] of damages) {
      for (const page of [pages[0]!, pages[7]!, pages.at(-1)!]) {
        const bytes = whole.slice();
        spoil(bytes.subarray(page * 4096, (page + 1) * 4096));
        Deno.writeFileSync(path, bytes);
        await assertRejects(() => readAll(path), LegacySourceError, `${path} is damaged: `, name);
        assertEquals(Deno.readFileSync(path), bytes);
      }
    }
  }));

Deno.test("rows that break a rule of their table are no damage", () =>
  withFolder(async (folder) => {
    const path = `${folder}/v1.sqlite`;
    const database = new DatabaseSync(path);
    database.exec(
      "CREATE TABLE sync_data(user_id, entity_type, entity_id, data CHECK(data <> '')); " +
        "PRAGMA ignore_check_constraints = ON; INSERT INTO sync_data VALUES('u', 'goal', 'g', '')",
    );
    database.close();
    assertEquals((await readAll(path)).map(({ data }) => data), [""]);
  }));

Deno.test("a read that fails on the way is no end of the rows", () =>
  withFolder((folder) => {
    const path = `${folder}/v1.sqlite`;
    const [page] = manyPages(path);
    const bytes = Deno.readFileSync(path);
    const read = () => {
      const database = new DatabaseSync(path, { readOnly: true });
      try {
        const select = "SELECT user_id, data FROM sync_data";
        return [...readToEnd({ database, path, select, order: "user_id" })].length;
      } finally {
        database.close();
      }
    };
    assertEquals(read(), 200);
    bytes.fill(0, page! * 4096, page! * 4096 + 64);
    Deno.writeFileSync(path, bytes);
    assertThrows(read, LegacySourceError, "its rows end before their end");
    return Promise.resolve();
  }));

Deno.test("a database that V1 has open, or one in UTF-16, is read; it is not written", () =>
  withFolder(async (folder) => {
    for (const pragma of ["journal_mode = WAL", "encoding = 'UTF-16le'"]) {
      const path = `${folder}/${pragma.length}.sqlite`;
      const database = new DatabaseSync(path);
      database.exec(`PRAGMA ${pragma}; CREATE TABLE sync_data(user_id, entity_type, entity_id, data)`);
      database.exec("INSERT INTO sync_data VALUES('ü', 'goal', 42, '\"日本\"')");
      const [row] = await readAll(path);
      assertEquals([row?.userId, row?.entityId, row?.data, row?.updatedAt], ["ü", "42", '"日本"', null]);
      database.close();
    }
  }));
