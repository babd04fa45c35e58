import { assert, assertEquals } from "@std/assert";
import { startServerChild } from "./server_child.ts";

async function inTempFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function statusAt(url: URL, token?: string): Promise<number> {
  const response = await fetch(
    url,
    token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } },
  );
  await response.body?.cancel();
  return response.status;
}

const allFlags = ["run", "-A", "api/main.ts"];

Deno.test("settings that cannot be used end the start with 1, all named, no secret shown", async () => {
  const env = { JWT_SECRET: "tooshort-canary", PORT: "80a", DEMO: "0" };
  const { code, output } = await startServerChild(env, allFlags).ended;
  assertEquals(code, 1);
  assert(
    output.includes("JWT_SECRET must have at least 32 bytes") && output.includes("PORT must be"),
    output,
  );
  assert(!output.includes("canary"), output);
});

Deno.test("a KV_PATH that is no database ends the start with 1 and a sentence, also in demo mode", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/notes.txt`;
    await Deno.writeTextFile(path, "no database at all, only text that somebody wrote");
    const { code, output } = await startServerChild({ KV_PATH: path, DEMO: "1" }, allFlags).ended;
    assertEquals(code, 1);
    assert(output.includes(`Cannot open the store at ${path}: file is not a database`), output);
    assert(!output.includes("open_kv.ts"), `no stack: ${output}`);
  }));

Deno.test("without a JWT setting and with DEMO=0 it refuses and says what is missing", async () => {
  const { code, output } = await startServerChild({ DEMO: "0", KV_PATH: ":memory:" }, allFlags).ended;
  assertEquals(code, 1);
  assert(output.includes("JWT_SECRET") && output.includes("JWT_JWKS_URL"), output);
});

Deno.test("a port that is taken ends the start with 1 and names the way out", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const env = { PORT: String(listener.addr.port), KV_PATH: ":memory:" };
  const { code, output } = await startServerChild(env).ended;
  listener.close();
  assertEquals(code, 1);
  assert(output.includes("PORT=8001"), output);
});

Deno.test("demo mode keeps its secret beside the database, for its owner only, over a restart", async () => {
  await inTempFolder(async (folder) => {
    const env = { PORT: "0", KV_PATH: `${folder}/sub/sync.kv` };
    const first = startServerChild(env);
    const address = await first.address();
    const signedIn = await fetch(new URL("/demo/token", address), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"user":"clara"}',
    });
    const { token } = await signedIn.json();
    first.kill("SIGTERM");
    const { code, output } = await first.ended;
    assertEquals(code, 0);
    assert(output.includes("DEMO MODE"), output);
    const secretFile = `${folder}/sub/demo-secret`;
    const secret = await Deno.readTextFile(secretFile);
    assertEquals((await Deno.stat(secretFile)).mode! & 0o777, 0o600);
    assert(secret.length === 64 && !output.includes(secret));

    const second = startServerChild(env);
    assertEquals(await statusAt(new URL("/api/sync/v2/status", await second.address()), token), 200);
    second.kill("SIGTERM");
    assertEquals((await second.ended).code, 0);
  });
});

Deno.test("with a JWT_SECRET there is no demo and no loud line", async () => {
  const server = startServerChild({ PORT: "0", KV_PATH: ":memory:", JWT_SECRET: "x".repeat(32) });
  const address = await server.address();
  assertEquals(await statusAt(new URL("/demo/token", address)), 404);
  assertEquals(await statusAt(new URL("/readyz", address)), 200);
  server.kill("SIGTERM");
  const { code, output } = await server.ended;
  assertEquals(code, 0);
  assert(!output.includes("DEMO"), output);
});

Deno.test("deno serve runs the same server in parallel threads on one file", async () => {
  await inTempFolder(async (folder) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const serve = [
      "serve",
      "-A",
      "--parallel",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "api/serve.ts",
    ];
    const server = startServerChild({ KV_PATH: `${folder}/sync.kv`, DENO_JOBS: "2" }, serve);
    await server.printed(String(port));
    assertEquals(await statusAt(new URL(`http://127.0.0.1:${port}/readyz`)), 200);
    assertEquals(await statusAt(new URL(`http://127.0.0.1:${port}/api/sync/v2/status`)), 401);
    server.kill("SIGKILL");
    await server.ended;
  });
});

Deno.test("the start script builds, says where it listens, and ends with its server", async () => {
  const server = startServerChild({ PORT: "0", KV_PATH: ":memory:" }, ["run", "-A", "scripts/start.ts"]);
  const address = await server.address();
  assertEquals(await statusAt(new URL("/", address)), 200);
  assertEquals(await statusAt(new URL("/sync-status.js", address)), 200);
  server.kill("SIGTERM");
  const { code, output } = await server.ended;
  assertEquals(code, 0, output);
  assert(output.startsWith("Getting the sync server ready"), output);
});
