/** The contract over HTTP on both stores: many devices at once, replays, users kept apart. */
import { assert, assertEquals } from "@std/assert";
import { createLedger, kvLedgerStore, memoryLedger } from "../../../api/mod.ts";
import { systemClock } from "../../../api/adapters/system_clock.ts";
import { systemIds } from "../../../api/adapters/system_ids.ts";
import { systemRandom } from "../../../api/adapters/system_random.ts";
import type { Ledger } from "../../../api/ports.ts";
import { httpWorld, problemOf, testChange, testRequest } from "./http_world.ts";

type World = ReturnType<typeof httpWorld>;

function onBothStores(name: string, test: (world: World) => Promise<void>): void {
  Deno.test(`memory: ${name}`, () => test(httpWorld({ ledger: memoryLedger() })));
  Deno.test(`Deno KV: ${name}`, async () => {
    const kv = await Deno.openKv(":memory:");
    try {
      const ledger: Ledger = createLedger({
        store: kvLedgerStore(kv),
        clock: systemClock(),
        ids: systemIds(),
        random: systemRandom(),
      });
      await test(httpWorld({ ledger }));
    } finally {
      kv.close();
    }
  });
}

async function postAs({ app, authorized }: World, sub: string, body: unknown): Promise<Response> {
  return await app.request("/api/sync/v2", {
    method: "POST",
    headers: { ...await authorized({ sub }), "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

onBothStores("the same change 50 times in parallel is one row and fifty 200s", async ({ sync, get }) => {
  const body = testRequest({ changes: [testChange()], deviceId: crypto.randomUUID() });
  const answers = await Promise.all(Array.from({ length: 50 }, () => sync(body)));
  const verdicts = await Promise.all(answers.map(async (answer) => (await answer.json()).results[0]));
  assertEquals(new Set(answers.map(({ status }) => status)), new Set([200]));
  assertEquals(verdicts.filter(({ status }) => status === "applied").length, 1);
  assertEquals(verdicts.filter(({ status, version }) => status === "duplicate" && version === 1).length, 49);
  assertEquals((await (await get("/api/sync/v2/history")).json()).changes.length, 1);
});

onBothStores(
  "50 devices of one user in parallel all finish, or are told to wait; none in part",
  async (world) => {
    const bodies = Array.from(
      { length: 50 },
      () =>
        testRequest({ changes: [testChange(), testChange(), testChange()], deviceId: crypto.randomUUID() }),
    );
    let settled = 0;
    await Promise.all(bodies.map(async (body) => {
      const answer = await world.sync(body);
      if (answer.status === 503) {
        assert(answer.headers.has("Retry-After"));
        return void await problemOf(answer);
      }
      const { results } = await answer.json();
      settled += results.filter(({ status }: { status: string }) => status === "applied").length;
      assert(results.every(({ status }: { status: string }) => status === "applied" || status === "retry"));
    }));
    const { totalChanges } = await (await world.get("/api/sync/v2/status")).json();
    assertEquals(totalChanges, settled);
    assert(settled > 0);
  },
);

onBothStores("a reused id with another body is refused, the original intact", async ({ sync, get }) => {
  const change = testChange();
  await (await sync(testRequest({ changes: [change] }))).body?.cancel();
  const other = { ...change, data: { title: "Other" } };
  const { results } = await (await sync(testRequest({ changes: [other] }))).json();
  assertEquals([results[0].status, results[0].code], ["rejected", "change_id_reused"]);
  const { changes } = await (await get("/api/sync/v2/history")).json();
  assertEquals(changes.map(({ data }: { data: unknown }) => data), [change.data]);
});

onBothStores("nothing of one user is in any answer to another, who may use the same ids", async (world) => {
  const canary = "c4n4ry";
  const change = testChange({ entityId: canary, entityType: canary, data: { [canary]: canary } });
  const mine = await postAs(world, "ada", testRequest({ changes: [change], deviceId: crypto.randomUUID() }));
  assert((await mine.text()).includes(canary));

  const other = { ...change, entityType: "goal", entityId: "x", data: { title: "Mine" } };
  // Ids near the first user's, and ids that look like keys of a store.
  for (const sub of ["bob", "ad", "ada ", "adaa", "Ada", "ada/log", '["ada"]', "*", "\u00e4da", "ada:0"]) {
    const answers = [
      await postAs(world, sub, testRequest()),
      await postAs(world, sub, testRequest({ changes: [{ ...other }] })),
      await postAs(world, sub, testRequest({ lastKnownServerVersion: 99, epoch: "other.1" })),
    ];
    const paths = [
      "status",
      "history",
      "conflicts",
      "export",
      `history?entityType=${canary}&entityId=${canary}`,
    ];
    for (const path of paths) {
      answers.push(
        await world.app.request(`/api/sync/v2/${path}`, { headers: await world.authorized({ sub }) }),
      );
    }
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    texts.forEach((text, i) => {
      assertEquals(answers[i]?.status, 200, text);
      assert(!text.includes(canary), `${sub}: ${text}`);
    });
    assertEquals(
      JSON.parse(texts[1] ?? "").results[0].status,
      "applied",
      "the same changeId is another user's own",
    );
    await (await world.app.request("/api/sync/v2/data", {
      method: "DELETE",
      headers: await world.authorized({ sub }),
    })).body?.cancel();
  }
  const kept = await postAs(world, "ada", testRequest());
  assertEquals((await kept.json()).newChanges.length, 1);
});

onBothStores("2,500 entries come in pages without a gap", async ({ sync }) => {
  for (let batch = 0; batch < 5; batch += 1) {
    const changes = Array.from({ length: 500 }, () => testChange());
    const { results } = await (await sync(testRequest({ changes, limit: 1 }))).json();
    const left = results.filter(({ status }: { status: string }) => status === "retry").length;
    if (left > 0) await (await sync(testRequest({ changes: changes.slice(-left), limit: 1 }))).body?.cancel();
  }
  const versions: number[] = [];
  let request: Record<string, unknown> = testRequest();
  for (let page = 0; page < 20; page += 1) {
    const answer = await (await sync(request)).json();
    versions.push(...answer.newChanges.map(({ version }: { version: number }) => version));
    request = testRequest({
      lastKnownServerVersion: answer.latestServerVersion,
      epoch: answer.epoch,
      ...(answer.snapshot === true ? { snapshot: true } : {}),
    });
    if (!answer.hasMore) break;
  }
  assertEquals(versions, Array.from({ length: 2_500 }, (_, i) => i + 1));
});
