import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "../../scripts/open_store.ts";

async function inTempFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const settings = (path: string) => ({ kv: { kind: "file" as const, path }, place: path });

Deno.test("a store that is not there is named and not made, unless the command is to make it", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/misspelt/sync.kv`;
    assertEquals(await openStore(settings(path), { create: false }), {
      ok: false,
      code: "missing",
      reason: `There is no store at ${path}: set KV_PATH to the one that your servers use.`,
    });
    assertEquals([...Deno.readDirSync(folder)], []);
    for (const create of [true, false]) {
      const opened = await openStore(settings(path), { create });
      assert(opened.ok);
      opened.kv.close();
    }
  }));

Deno.test("a file that is no store is refused with its path and the cause", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/notes.txt`;
    await Deno.writeTextFile(path, "no database at all, only text that somebody wrote");
    const opened = await openStore(settings(path), { create: true });
    assert(!opened.ok);
    assertEquals([opened.code, opened.reason.split(". ")[0]], [
      "unusable",
      `Cannot open the store at ${path}: file is not a database`,
    ]);
  }));

Deno.test("a SQLite database of something else is refused by its tables, and left byte for byte", () =>
  inTempFolder(async (folder) => {
    for (const journal of ["delete", "wal"]) {
      const path = `${folder}/v1-${journal}.sqlite`;
      const database = new DatabaseSync(path);
      database.exec(
        `PRAGMA journal_mode=${journal}; CREATE TABLE sync_data(user_id); CREATE VIEW kv AS SELECT 1`,
      );
      database.close();
      const before = await Deno.readFile(path);
      for (const create of [true, false]) {
        const opened = await openStore(settings(path), { create });
        assert(!opened.ok);
        assertEquals([opened.code, opened.reason.split(". ")[0]], [
          "unusable",
          `Cannot open the store at ${path}: it is a SQLite database of something else, with the tables sync_data, ` +
          "kv, and was left as it is",
        ]);
      }
      assertEquals(await Deno.readFile(path), before);
    }
  }));

Deno.test("an empty file becomes a store by what makes one, and is none for what only reads", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/sync.kv`;
    await Deno.create(path).then((file) => file.close());
    const refused = await openStore(settings(path), { create: false });
    assertEquals(refused, {
      ok: false,
      code: "missing",
      reason:
        `There is no store at ${path}, only an empty file: set KV_PATH to the one that your servers use.`,
    });
    assertEquals((await Deno.stat(path)).size, 0);
    const made = await openStore(settings(path), { create: true });
    assert(made.ok);
    made.kv.close();
    const opened = await openStore(settings(path), { create: false });
    assert(opened.ok);
    opened.kv.close();
  }));

Deno.test("stores that are opened at once, the first time too, are all the same one", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/sync.kv`;
    const opened = await Promise.all(
      Array.from({ length: 8 }, () => openStore(settings(path), { create: true })),
    );
    const stores = opened.map((store) => store.ok ? store.kv : assert(false, store.reason));
    await Promise.all(stores.map((kv, n) => kv!.set([n], n)));
    assertEquals((await Array.fromAsync(stores[0]!.list({ prefix: [] }))).length, 8);
    for (const kv of stores) kv!.close();
  }));

Deno.test("a backup of a store that is not there ends with 1 and writes no file", () =>
  inTempFolder(async (folder) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/backup.ts", "--to", `${folder}/sync.backup`],
      env: { KV_PATH: `${folder}/misspelt.kv` },
    }).output();
    assertEquals(code, 1);
    assert(new TextDecoder().decode(stderr).startsWith("There is no store at "));
    assertEquals([...Deno.readDirSync(folder)], []);
  }));
