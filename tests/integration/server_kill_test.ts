/**
 * A real server on a file is killed in the middle of load, three times. What it acknowledged must be there
 * afterwards with the version it told, and what it did not answer may be sent again without harm.
 */
import { assert, assertEquals } from "@std/assert";
import type { PulledChange, SyncResponse, Verdict } from "../../shared/mod.ts";
import { startServerProcess } from "../browser/harness/server_process.ts";

const users = ["ada", "bob", "eve"];
const writersPerUser = 2;
const acknowledgedPerLife = 60;
const lives = 3;

interface Change {
  changeId: string;
  type: "CREATED";
  entityType: string;
  entityId: string;
  data: Record<string, unknown>;
  timestamp: number;
}

/** What one user's writers know. */
interface Knowledge {
  acknowledged: Map<string, number>;
  /** Sent, but the answer never came. */
  unanswered: Change[];
}

Deno.test("a server killed in the middle of load loses no acknowledged change", async () => {
  const server = await startServerProcess({
    RATE_LIMIT_PER_MINUTE: "1000000",
    RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "1000000",
  });
  try {
    const tokens = new Map<string, string>();
    for (const user of users) tokens.set(user, await server.token(user));
    const known = new Map(users.map((user): [string, Knowledge] => [user, {
      acknowledged: new Map(),
      unanswered: [],
    }]));
    const post = (user: string, body: unknown) => exchange(server.endpoint, tokens.get(user) ?? "", body);

    for (let life = 1; life <= lives; life += 1) {
      await killUnderLoad(server, known, post, life * acknowledgedPerLife);
      await server.start();
      for (const [user, knowledge] of known) await assertNothingLost(user, knowledge, post);
    }
    for (const [user, { acknowledged }] of known) assert(acknowledged.size > 0, `${user} wrote nothing`);
  } finally {
    await server.stop();
  }
});

type Post = (user: string, body: unknown) => Promise<SyncResponse | null>;

/** All writers write until `total` changes are acknowledged; then the server is killed under them. */
async function killUnderLoad(
  server: { kill(): Promise<void> },
  known: Map<string, Knowledge>,
  post: Post,
  total: number,
): Promise<void> {
  let stop = false;
  const count = () => [...known.values()].reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  const write = async (user: string, { acknowledged, unanswered }: Knowledge) => {
    while (!stop) {
      const changes = [newChange(), newChange(), newChange()];
      const answer = await post(user, { lastKnownServerVersion: 0, limit: 1, changes });
      if (answer === null) return void unanswered.push(...changes);
      for (const { changeId, status, version } of answer.results) {
        if (status === "applied") acknowledged.set(changeId ?? "", version ?? 0);
      }
      if (count() >= total && !stop) {
        stop = true;
        await server.kill();
      }
    }
  };
  await Promise.all(
    [...known].flatMap(([user, knowledge]) =>
      Array.from({ length: writersPerUser }, () => write(user, knowledge))
    ),
  );
  stop = true;
}

async function assertNothingLost(user: string, knowledge: Knowledge, post: Post): Promise<void> {
  const before = await pullAll(user, post);
  for (const [changeId, version] of knowledge.acknowledged) {
    assertEquals(before.get(version)?.changeId, changeId, `${user}'s acknowledged change ${changeId}`);
  }
  const again = await post(user, { lastKnownServerVersion: 0, limit: 1, changes: knowledge.unanswered });
  assert(again !== null);
  again.results.forEach(({ changeId, status, version = 0 }: Verdict) => {
    const kept = before.get(version)?.changeId === changeId;
    assertEquals(status, kept ? "duplicate" : "applied", `${user}'s unanswered change ${changeId}`);
    knowledge.acknowledged.set(changeId ?? "", version);
  });
  knowledge.unanswered.length = 0;

  const after = await pullAll(user, post);
  assertEquals(
    [...after.keys()],
    Array.from({ length: after.size }, (_, i) => i + 1),
    "versions have no gap",
  );
  assertEquals(new Set([...after.values()].map(({ changeId }) => changeId)).size, after.size);
  assertEquals(after.size, knowledge.acknowledged.size, "nothing is there that nobody wrote");
}

async function pullAll(user: string, post: Post): Promise<Map<number, PulledChange>> {
  const changes = new Map<number, PulledChange>();
  let cursor = 0;
  let snapshot = {};
  for (let page = 0; page < 100; page += 1) {
    const answer = await post(user, { lastKnownServerVersion: cursor, changes: [], limit: 50, ...snapshot });
    assert(answer !== null);
    for (const change of answer.newChanges) changes.set(change.version, change);
    cursor = answer.latestServerVersion;
    snapshot = answer.snapshot === true ? { snapshot: true, epoch: answer.epoch } : { epoch: answer.epoch };
    if (!answer.hasMore) return changes;
  }
  throw new Error("The pull does not end");
}

/** The answer, or null when there was none. */
async function exchange(endpoint: string, token: string, body: unknown): Promise<SyncResponse | null> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(endpoint, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    text = await response.text();
  } catch {
    return null;
  }
  assertEquals(response.status, 200, text);
  return JSON.parse(text);
}

function newChange(): Change {
  return {
    changeId: crypto.randomUUID(),
    type: "CREATED",
    entityType: "logbook_entry",
    entityId: crypto.randomUUID(),
    data: { notes: "x".repeat(300) },
    timestamp: 1,
  };
}
