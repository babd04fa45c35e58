/**
 * Hostile V1 pushes and batches: no 500, nothing undocumented, a refusal that moved nothing, and after each one
 * both views agree.
 */
import { assert, assertEquals } from "@std/assert";
import { openApiDocument } from "../../../api/openapi/document.ts";
import { v1Paths } from "../../../api/routes/v1_answer.ts";
import { nodeOf, textOf } from "../fuzz/json_node.ts";
import { mutateBytes, mutateNode } from "../fuzz/mutate.ts";
import { type SeededRandom, seededRandom } from "../fuzz/seeded_random.ts";
import { openApiJudge } from "../http/openapi_judge.ts";
import { entry, phone, v1World } from "./v1_world.ts";

const seed = 20_261_123;
const requests = 1500;
const encoder = new TextEncoder();

function validBody(random: SeededRandom, path: string, token: string): unknown {
  const record = () =>
    entry(`e${random.between(0, 5)}`, {
      notes: random.pick(["a", "b", null, ""]),
      ...(random.chance(0.1) ? { deletedAt: "2025-08-01T00:00:00.000Z" } : {}),
    });
  const records = Array.from({ length: random.between(1, 4) }, record);
  return path === v1Paths.push
    ? { changes: { entries: records, goals: [record()] }, lastSyncToken: token }
    : {
      entities: records.map((data) => ({ id: data.id, type: "goal", data, version: 1 })),
      syncToken: token,
    };
}

Deno.test(`${requests} hostile V1 requests: no 500, and both views agree after each (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const judge = openApiJudge(openApiDocument({ bundles: [], demo: false }));
  const { call, pull, ledger } = v1World(undefined, { config: { rateLimitPerMinute: 1e9 } });
  const statuses: Record<string, number> = {};
  const reasons = new Set<string>();
  let token = (await pull()).body.syncToken;
  for (let n = 0; n < requests; n++) {
    const path = random.pick([v1Paths.push, v1Paths.batch]);
    const root = { node: nodeOf(validBody(random, path, token)) };
    for (let i = random.pick([0, 1, 1, 2, 4]); i > 0; i--) mutateNode(root, random);
    const bytes = encoder.encode(textOf(root.node));
    const body = random.chance(0.1) ? mutateBytes(bytes, random) : bytes;
    const before = (await ledger.status("ada")).latestServerVersion;
    const { status, body: answer, headers } = await call("POST", path, body, {
      ...(random.chance(0.5) ? { device: phone } : {}),
      ...(random.chance(0.3) ? { key: `k${random.between(0, 200)}` } : {}),
    });
    const what = `request ${n}: ${path} → ${status} ${JSON.stringify(answer).slice(0, 300)}`;
    statuses[status] = (statuses[status] ?? 0) + 1;
    assert([200, 400, 409].includes(status), what);
    const fault = judge.judge("post", path, { status, headers, body: JSON.stringify(answer) });
    assertEquals(fault, null, what);
    if (status !== 200) {
      assertEquals((await ledger.status("ada")).latestServerVersion, before, `${what} moved something`);
      continue;
    }
    for (const { reason } of answer.conflicts) if (reason) reasons.add(reason);
    if (!random.chance(0.1)) continue;
    const state = (await pull()).body;
    token = state.syncToken;
    const lines = await Array.fromAsync(ledger.export("ada"));
    const live = lines.filter((line) => line.kind === "entity")
      .filter(({ entityType }) => entityType === "logbook_entry" || entityType === "goal")
      .map(({ entityId }) => entityId);
    assertEquals([...state.entries, ...state.goals].map(({ id }) => id).sort(), live.sort(), what);
  }
  for (const status of [200, 400, 409]) assert((statuses[status] ?? 0) > 10, JSON.stringify(statuses));
  // A fuzzer that only ever meets the first check proves little.
  for (const reason of ["invalid_record", "same_field", "deleted_on_server", "forbidden_key", "too_deep"]) {
    assert(reasons.has(reason), `${reason} was not met: ${[...reasons].join()}`);
  }
});
