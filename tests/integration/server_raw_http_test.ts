/** Requests that `fetch` would tidy or refuse to send, against a real process. */
import { assert, assertEquals } from "@std/assert";
import { isWholeAnswer, rawConnect, statusOf } from "./raw_http.ts";
import { startServerChild } from "./server_child.ts";

/** Runs a test against a server in memory; resolves to everything the server printed. */
async function withServer(test: (address: URL) => Promise<void>): Promise<string> {
  const server = startServerChild({ PORT: "0", KV_PATH: ":memory:" });
  try {
    await test(await server.address());
  } finally {
    server.kill("SIGKILL");
  }
  return (await server.ended).output;
}

async function demoToken(address: URL): Promise<string> {
  const response = await fetch(new URL("/demo/token", address), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"user":"clara"}',
  });
  return (await response.json()).token;
}

/** One request on a connection of its own; the answer's text. */
async function ask(address: URL, request: string | Uint8Array): Promise<string> {
  const connection = await rawConnect(address);
  try {
    await connection.write(request);
    return await connection.read(isWholeAnswer);
  } finally {
    connection.close();
  }
}

async function pushHead(address: URL, headers: string[]): Promise<string> {
  const all = [
    "POST /api/sync/v2 HTTP/1.1",
    "Host: test",
    `Authorization: Bearer ${await demoToken(address)}`,
    "Content-Type: application/json",
    ...headers,
  ];
  return `${all.join("\r\n")}\r\n\r\n`;
}

/** Sends chunks until the server answers or stops taking them; how many bytes it took, and what it said. */
async function pour(address: URL, head: string, bytesMax: number): Promise<{ sent: number; text: string }> {
  const connection = await rawConnect(address);
  try {
    await connection.write(head);
    const answer = connection.read(isWholeAnswer);
    let answered = false;
    answer.then(() => answered = true);
    const chunk = new TextEncoder().encode(`10000\r\n${" ".repeat(0x10000)}\r\n`);
    let sent = 0;
    while (!answered && sent < bytesMax) {
      // A server that has answered may leave the rest unread for ever, so a write must not be waited for alone.
      // Whether the last one fails with the closing connection says nothing.
      const written = connection.write(chunk).then(() => true, () => false);
      if (await Promise.race([written, answer.then(() => false)])) sent += 0x10000;
    }
    return { sent, text: await answer };
  } finally {
    connection.close();
  }
}

Deno.test("an endless chunked body gets its 413 and is not read to any end", async () => {
  await withServer(async (address) => {
    const head = await pushHead(address, ["Transfer-Encoding: chunked"]);
    const { sent, text } = await pour(address, head, 512 * 1024 * 1024);
    assertEquals(statusOf(text), 413, text);
    assert(text.includes('"maxBytes":1048576'), text);
    assert(sent < 64 * 1024 * 1024, `${sent} bytes were taken`);
  });
});

Deno.test("a declared length over the bound is answered before anything is sent", async () => {
  await withServer(async (address) => {
    const text = await ask(address, await pushHead(address, ["Content-Length: 1048577"]));
    assertEquals(statusOf(text), 413, text);
  });
});

Deno.test("without a token a body is not waited for", async () => {
  await withServer(async (address) => {
    const head = "POST /api/sync/v2 HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n";
    const text = await ask(address, head);
    assertEquals(statusOf(text), 401, text);
  });
});

Deno.test("no spelling of a path leads to a file that is not the client's", async () => {
  await withServer(async (address) => {
    const paths = [
      "/demo/../../deno.json",
      "/demo/..%2f..%2fdeno.json",
      "/demo/%2e%2e/%2e%2e/deno.json",
      "/assets/../../../etc/passwd",
      "/assets/..\\..\\deno.json",
      "/assets/%00/../deno.json",
      "//etc/passwd",
      "/../deno.json",
      "/demo/.%2e/build.json",
      "/build.json",
      "http://other.example/../deno.json",
    ];
    for (const path of paths) {
      const text = await ask(address, `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
      assertEquals(statusOf(text), 404, `${path}: ${text}`);
      assert(!text.includes("root:") && !text.includes("workspace"), path);
    }
  });
});

Deno.test("no spelling of an API path gets around the token", async () => {
  await withServer(async (address) => {
    const paths = [
      "/api/sync/v2/status",
      "/%61pi/sync/v2/status",
      "/demo/../api/sync/v2/status",
      "/api/./sync/v2/status",
      "/api//sync/v2/status",
      "http://other.example/api/sync/v2/status",
      "/api/sync/v2/status?x=/healthz",
      "/api/sync/v2/status#/healthz",
    ];
    for (const path of paths) {
      const text = await ask(address, `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
      assert([401, 404].includes(statusOf(text)), `${path}: ${text}`);
      assert(!text.includes("latestServerVersion"), path);
    }
  });
});

Deno.test("two Authorization headers are no token", async () => {
  await withServer(async (address) => {
    const bearer = `Authorization: Bearer ${await demoToken(address)}\r\n`;
    const text = await ask(
      address,
      `GET /api/sync/v2/status HTTP/1.1\r\nHost: test\r\n${bearer}${bearer}\r\n`,
    );
    assertEquals(statusOf(text), 401, text);
  });
});

Deno.test("broken HTTP and connections cut in a body harm nobody else", async () => {
  const output = await withServer(async (address) => {
    const wrecks = [
      "NONSENSE\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      await pushHead(address, ["Content-Length: -1"]),
      await pushHead(address, ["Content-Length: 5", "Content-Length: 6"]),
      `${await pushHead(address, ["Transfer-Encoding: chunked"])}zz\r\n`,
      `${await pushHead(address, ["Content-Length: 500"])}{"lastKnown`,
      `${await pushHead(address, ["Content-Length: 500", "Content-Encoding: gzip"])}{"lastKnown`,
      "\u0000\u0001\u0002\r\n\r\n",
    ];
    for (const wreck of wrecks) {
      const connection = await rawConnect(address);
      await connection.write(wreck);
      connection.close();
    }
    const health = await ask(address, "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
    assertEquals(statusOf(health), 200, health);
  });
  const statuses = output.split("\n").filter((line) => line.startsWith("{")).map((line) =>
    JSON.parse(line).status
  );
  assert(statuses.includes(200) && !statuses.includes(500), output);
});
