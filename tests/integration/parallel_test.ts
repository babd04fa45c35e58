/** Several isolates of one server on one file, as `deno serve --parallel` runs them, and 50 writers of one user. */
import { assert, assertEquals } from "@std/assert";
import { startServerChild } from "./server_child.ts";

const writers = 50;
const changesEach = 6;
const attemptsMax = 200;

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function changeOf(writer: number, i: number) {
  const number = String(writer * 1000 + i).padStart(12, "0");
  return {
    changeId: `c0000000-0000-4000-8000-${number}`,
    type: "CREATED",
    entityType: "goal",
    entityId: `${writer}-${i}`,
    data: { writer, i },
    timestamp: 1,
  };
}
/** Every writer sends this one too, as a page that is open in many tabs might. */
const shared = changeOf(999, 0);

/** Pushes until it is settled; any answer but 200 and 503 `busy` with Retry-After fails the test. */
async function pushUntilSettled(
  post: (body: unknown) => Promise<Response>,
  changes: ReturnType<typeof changeOf>[],
): Promise<{ status: string; version: number }[]> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const answer = await post({ lastKnownServerVersion: 0, limit: 1, changes });
    const body = await answer.json();
    if (answer.status === 200) {
      const open = body.results.some(({ status }: { status: string }) => status === "retry");
      if (!open) return body.results;
      continue;
    }
    assertEquals([answer.status, body.code], [503, "busy"]);
    assert(Number(answer.headers.get("Retry-After")) >= 1, "503 says when to come back");
  }
  throw new Error("A writer never got through");
}

/** The first isolate listens before the others do, and on a busy machine could serve everybody alone. */
async function untilSecondIsolateAnswers(
  server: ReturnType<typeof startServerChild>,
  client: Deno.HttpClient,
  url: string,
): Promise<void> {
  let answered = false;
  for (const worker of [1, 2, 3]) {
    void server.printed(`[serve-worker-${worker}`).then(() => void (answered = true));
  }
  for (let knocks = 0; !answered; knocks++) {
    assert(knocks < 5000, "only one isolate ever answers");
    await (await fetch(url, { client })).body?.cancel();
  }
}

Deno.test("50 writers of one user on parallel isolates: gapless versions, each change once, only busy", async () => {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  const server = startServerChild({
    KV_PATH: `${folder}/sync.kv`,
    DENO_JOBS: "4",
    RATE_LIMIT_PER_MINUTE: "1000000",
    RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "1000000",
  }, ["serve", "-A", "--parallel", "--host", "127.0.0.1", "--port", String(port), "api/serve.ts"]);
  // A connection for every request: the kernel gives each to one of the isolates.
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    await server.printed(String(port));
    await untilSecondIsolateAnswers(server, client, `http://127.0.0.1:${port}/healthz`);
    const at = (path: string) => `http://127.0.0.1:${port}${path}`;
    const json = { "Content-Type": "application/json" };
    const signed = await fetch(at("/demo/token"), {
      method: "POST",
      headers: json,
      body: '{"user":"clara"}',
    });
    const headers = { ...json, Authorization: `Bearer ${(await signed.json()).token}` };
    const post = (body: unknown) =>
      fetch(at("/api/sync/v2"), { method: "POST", headers, client, body: JSON.stringify(body) });

    const versions = new Map<string, number>();
    let sharedApplied = 0;
    await Promise.all(Array.from({ length: writers }, async (_, writer) => {
      for (let i = 0; i < changesEach; i++) {
        const change = changeOf(writer, i);
        const [own, common] = await pushUntilSettled(post, i === 0 ? [change, shared] : [change]);
        assert(["applied", "duplicate"].includes(own!.status), own!.status);
        versions.set(change.changeId, own!.version);
        if (common?.status === "applied") sharedApplied++;
        if (common) assertEquals(versions.get(shared.changeId) ?? common.version, common.version);
        if (common) versions.set(shared.changeId, common.version);
      }
    }));
    assert(sharedApplied <= 1);

    const rows: { version: number; changeId: string }[] = [];
    for (let before = ""; before !== "null";) {
      const query = before === "" ? "" : `&before=${before}`;
      const page = await (await fetch(at(`/api/sync/v2/history?limit=1000${query}`), { headers })).json();
      rows.push(...page.changes);
      before = String(page.nextBefore);
    }
    const total = writers * changesEach + 1;
    assertEquals(rows.map(({ version }) => version), Array.from({ length: total }, (_, i) => total - i));
    assertEquals(new Set(rows.map(({ changeId }) => changeId)).size, total);
    for (const { changeId, version } of rows) assertEquals(versions.get(changeId), version);
  } finally {
    client.close();
    server.kill("SIGKILL");
  }
  const { output } = await server.ended;
  await Deno.remove(folder, { recursive: true });
  // Each isolate hashes the user with a salt of its own.
  const hashes = new Set([...output.matchAll(/"user":"([^"]+)"/g)].map(([, hash]) => hash));
  assert(hashes.size >= 2, `${hashes.size} isolates answered:\n${output.slice(0, 500)}`);
  assert(!output.includes('"status":500') && !output.includes("unexpected_error"));
});
