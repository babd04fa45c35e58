import { assertEquals } from "@std/assert";
import { isWholeAnswer, rawConnect, statusOf } from "./raw_http.ts";
import { startServerChild } from "./server_child.ts";

const body = '{"user":"clara"}';
const head = `POST /demo/token HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${body.length}\r\n\r\n`;

/** A server on a file of its own. */
async function withServer(
  test: (server: ReturnType<typeof startServerChild>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const server = startServerChild({ PORT: "0", KV_PATH: `${folder}/sync.kv` });
  try {
    await test(server, folder);
  } finally {
    try {
      server.kill("SIGKILL");
    } catch {
      // It has ended, as it should.
    }
    await server.ended;
    await Deno.remove(folder, { recursive: true });
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} lets a request in flight finish, closes the store and exits with 0`, async () => {
    await withServer(async (server, folder) => {
      const address = await server.address();
      const idle = await rawConnect(address);
      await idle.write("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
      await idle.read(isWholeAnswer);
      const slow = await rawConnect(address);
      await slow.write(head + body.slice(0, 5));
      // The server has the head of the slow request once a later one on another connection is answered.
      const other = await rawConnect(address);
      await other.write("GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
      await other.read();

      server.kill(signal);
      await server.printed("Stopping");
      await slow.write(body.slice(5));
      const answer = await slow.read(isWholeAnswer);
      assertEquals(statusOf(answer), 200, answer);
      const { code, output } = await server.ended;
      assertEquals(code, 0, output);
      for (const connection of [idle, slow, other]) connection.close();
      // A store that was closed has its log written back: SQLite removes the -wal file with the last handle.
      const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assertEquals(files, ["demo-secret", "sync.kv"]);
    });
  });
}

Deno.test("a request that never ends does not hold up the end for more than a few seconds", async () => {
  await withServer(async (server) => {
    const stuck = await rawConnect(await server.address());
    await stuck.write(head + body.slice(0, 5));
    const other = await rawConnect(await server.address());
    await other.write("GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    await other.read();
    server.kill("SIGTERM");
    assertEquals((await server.ended).code, 0);
    for (const connection of [stuck, other]) connection.close();
  });
});
