/** `deno task flags` itself, beside running servers on one store, and over HTTP. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { signToken, testSecret } from "../api/http/test_tokens.ts";
import { startServerChild } from "./server_child.ts";

async function flags(env: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/flags.ts", ...args],
    cwd: repositoryRoot(),
    env: { NO_COLOR: "1", USER: "clara", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: text(stdout) + text(stderr) };
}

Deno.test("two servers on one store obey the command, by store and over HTTP, from the next request on", async () => {
  const folder = await Deno.makeTempDir();
  const KV_PATH = `${folder}/sync.kv`;
  const env = { PORT: "0", KV_PATH, JWT_SECRET: testSecret, SYNC_V2_ROLLOUT_PERCENT: "0" };
  const servers = [startServerChild(env)];
  try {
    const addresses = [await servers[0]!.address()];
    servers.push(startServerChild(env));
    addresses.push(await servers[1]!.address());
    const token = await signToken(Date.now(), {});
    const seen = async () => {
      const answers = [];
      for (const address of addresses) {
        const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
        const decision = await (await fetch(new URL("/api/flags", address), { headers })).json();
        const sync = await fetch(new URL("/api/sync/v2", address), {
          method: "POST",
          headers,
          body: '{"lastKnownServerVersion":0,"changes":[]}',
        });
        await sync.body?.cancel();
        const status = await fetch(new URL("/api/sync/v2/status", address), { headers });
        await status.body?.cancel();
        answers.push([decision.syncV2, decision.reason, sync.status, status.status]);
      }
      assertEquals(answers[0], answers[1]);
      return answers[0];
    };
    assertEquals(await seen(), [false, "rollout", 200, 200]);

    const set = await flags({ KV_PATH }, "set", "--percent", "100", "--override", "ada=off", "--by", "Ops 1");
    assertEquals(set.code, 0, set.output);
    assertMatch(set.output, /percent: not set → 100 %\noverride of ada: none → off\n/);
    assertEquals(await seen(), [false, "override", 200, 200]);

    const endpoint = ["--endpoint", addresses[1]!.origin];
    const SYNC_ADMIN_TOKEN = await signToken(Date.now(), { sub: "robert", scope: "sync:admin" });
    const paused = await flags({ SYNC_ADMIN_TOKEN }, "--pause", "--override", "ada=none", ...endpoint);
    assertEquals(paused.code, 0, paused.output);
    assertMatch(paused.output, /paused: no → yes\noverride of ada: off → none\n/);
    assertEquals(await seen(), [false, "paused", 503, 200]);

    const resumed = await flags({ KV_PATH }, "--resume");
    assertMatch(resumed.output, /paused: yes → no\n/);
    assertEquals(await seen(), [true, "rollout", 200, 200]);
    assertMatch((await flags({ KV_PATH }, "--resume")).output, /Nothing changed/);

    for (const where of [{ KV_PATH }, { SYNC_ADMIN_TOKEN }]) {
      const shown = await flags(where, "get", ..."KV_PATH" in where ? [] : endpoint);
      assertMatch(shown.output, /percent: 100 %\npaused: no\noverrides: 0\nrevision: 3\n/);
      const { output } = await flags(where, "--audit", ..."KV_PATH" in where ? [] : endpoint);
      const authors = [...output.matchAll(/Z (.+) \((command|api)\)/g)].map(([, by, via]) => [by, via]);
      assertEquals(authors.slice(1), [["robert", "api"], ["Ops 1", "command"]], output);
      assert(authors[0]![0]!.startsWith("clara@"));
      assertMatch(output, /paused: no → yes\n {2}override of ada: off → none/);
    }

    const refused: [Record<string, string>, string, RegExp][] = [
      [{ SYNC_ADMIN_TOKEN: token }, addresses[0]!.origin, /answered 403\. This is for operators/],
      [{ SYNC_ADMIN_TOKEN: "x" }, addresses[0]!.origin, /answered 401/],
      [{ SYNC_ADMIN_TOKEN: "" }, addresses[0]!.origin, /SYNC_ADMIN_TOKEN must be a token/],
      [{ SYNC_ADMIN_TOKEN }, "http://127.0.0.1:1", /does not answer/],
    ];
    for (const [env, address, says] of refused) {
      const { code, output } = await flags(env, "--pause", "--endpoint", address);
      assertEquals(code, 1, output);
      assertMatch(output, says);
      assert(!output.includes(token) && !output.includes(SYNC_ADMIN_TOKEN));
    }
    assertEquals((await seen())![2], 200);
  } finally {
    for (const server of servers) {
      server.kill("SIGTERM");
      await server.ended;
    }
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a store that is not there is not made: a kill switch thrown there would stop nobody", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, output } = await flags({ KV_PATH: `${folder}/none.kv` }, "--pause");
    assertEquals(code, 1);
    assertMatch(output, /Not done\. There is no store at .*none\.kv: set KV_PATH/);
    assertEquals([...Deno.readDirSync(folder)], []);
    const usage = await flags({ KV_PATH: `${folder}/none.kv` }, "--paus");
    assertEquals(usage.code, 2);
    assertMatch(usage.output, /There is no "--paus"\.\nUsage: deno task flags/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
