/** The commands themselves, on files, beside a server that goes on writing. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeJson } from "../../api/adapters/kv_values.ts";
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { startServerChild } from "./server_child.ts";

async function run(script: string, kvPath: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
    cwd: repositoryRoot(),
    env: { KV_PATH: kvPath, NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: text(stdout) + text(stderr) };
}

async function signIn(address: URL): Promise<(cursor: number, changes: unknown[]) => Promise<Response>> {
  const signed = await fetch(new URL("/demo/token", address), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"user":"clara"}',
  });
  const { token } = await signed.json();
  return (lastKnownServerVersion, changes) =>
    fetch(new URL("/api/sync/v2", address), {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ lastKnownServerVersion, changes, limit: 1000 }),
    });
}

const change = (i: number) => ({
  changeId: `c0000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
  type: "CREATED",
  entityType: "goal",
  entityId: `goal ${i}`,
  data: { i },
  timestamp: 1,
});

Deno.test("a server's store is backed up while it writes, and restored into another server's", async () => {
  const folder = await Deno.makeTempDir();
  const servers = [startServerChild({ PORT: "0", KV_PATH: `${folder}/one/sync.kv` })];
  try {
    const push = await signIn(await servers[0]!.address());
    const backup = run("scripts/backup.ts", `${folder}/one/sync.kv`, "--to", `${folder}/file.backup`);
    let writing = true;
    let written = 0;
    const writer = (async () => {
      while (writing && written < 2000) {
        const answer = await push(written, [change(written)]);
        assert([200, 503].includes(answer.status));
        const body = await answer.json();
        if (body.results?.[0]?.status === "applied") written++;
      }
    })();
    const backedUp = await backup;
    writing = false;
    await writer;
    assertEquals(backedUp.code, 0, backedUp.output);
    assertMatch(backedUp.output, /Done: [01] users, \d+ records, 0 other keys in \d+ bytes/);

    const target = `${folder}/two/sync.kv`;
    const restored = await run("scripts/restore.ts", target, "--from", `${folder}/file.backup`);
    assertEquals(restored.code, 0, restored.output);
    const refused = await run("scripts/restore.ts", target, "--from", `${folder}/file.backup`);
    const isEmpty = restored.output.includes(" 0 users");
    assertEquals(refused.code, isEmpty ? 0 : 1, refused.output);
    const replaced = await run("scripts/restore.ts", target, "--from", `${folder}/file.backup`, "--replace");
    assertEquals(replaced.code, 0, replaced.output);

    servers.push(startServerChild({ PORT: "0", KV_PATH: target }));
    const pull = await signIn(await servers[1]!.address());
    const { newChanges, latestServerVersion } = await (await pull(0, [])).json();
    assert(latestServerVersion <= written);
    assertEquals(
      newChanges.map(({ data }: { data: unknown }) => data),
      Array.from({ length: Math.min(1000, latestServerVersion) }, (_, i) => ({ i })),
    );
  } finally {
    for (const server of servers) {
      server.kill("SIGTERM");
      await server.ended;
    }
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("backup and restore say how they are used, and refuse what they cannot work on", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [script, flag] of [["scripts/backup.ts", "--to"], ["scripts/restore.ts", "--from"]]) {
      const usage = await run(script!, `${folder}/a.kv`);
      assertEquals([usage.code, usage.output.startsWith("Usage: deno task ")], [2, true], usage.output);
      const memory = await run(script!, ":memory:", flag!, `${folder}/x`);
      assertEquals(memory.code, 1);
      assertMatch(memory.output, /KV_PATH must be a file or a KV Connect URL/);
    }
    const none = await run("scripts/restore.ts", `${folder}/a.kv`, "--from", `${folder}/none`);
    assertEquals(none.code, 1);
    assertMatch(none.output, /Nothing was touched\. There is no file/);
    await Deno.writeTextFile(`${folder}/notes`, "no backup");
    const foreign = await run("scripts/restore.ts", `${folder}/a.kv`, "--from", `${folder}/notes`);
    assertEquals(foreign.code, 1);
    assertMatch(foreign.output, /Nothing was touched\. .* is no backup/);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["notes"], "no store was made");
    const kv = await Deno.openKv(`${folder}/a.kv`);
    await kv.set(["restore"], encodeJson({ backupId: "another" }));
    kv.close();
    const unfinished = await run("scripts/restore.ts", `${folder}/a.kv`, "--from", `${folder}/none`);
    assertEquals(unfinished.code, 1);
    assertMatch(unfinished.output, /The restore is not finished: .* There is no file/);
    assertEquals(unfinished.output.includes("Nothing was touched"), false);
    const half = await run("scripts/backup.ts", `${folder}/a.kv`, "--to", `${folder}/half.backup`);
    assertEquals(half.code, 1);
    assertMatch(half.output, /No backup was made\. A restore of this store is not finished/);
    for (const at of [`${folder}/none/x`, `${folder}/notes/x`]) {
      const nowhere = await run("scripts/backup.ts", `${folder}/a.kv`, "--to", at);
      assertEquals(nowhere.code, 1);
      assertMatch(nowhere.output, /No backup was made\. Cannot write /);
      assert(!nowhere.output.includes("    at "), nowhere.output);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
