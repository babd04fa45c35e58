import { assert, assertEquals } from "@std/assert";

Deno.test("a store in a folder with a comma is refused in words before anything is built or made", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/start.ts"],
      env: { KV_PATH: `${folder}/a,b/sync.kv` },
    }).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals([code, out], [1, ""], error);
    assert(error!.startsWith("KV_PATH must be in a folder without a comma in its path"), error);
    assert(error!.includes(`it is ${folder}/a,b/sync.kv. Move the store`), error);
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
