import { assert, assertEquals } from "@std/assert";
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
