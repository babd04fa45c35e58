/** The audit routes to the letter of the contract, on Deno KV: paging, what a row says, export, erase. */
import { assert, assertEquals } from "@std/assert";
import { createLedger, kvLedgerStore } from "../../../api/mod.ts";
import { systemIds } from "../../../api/adapters/system_ids.ts";
import { systemRandom } from "../../../api/adapters/system_random.ts";
import { limits } from "../../../shared/limits.ts";
import { httpWorld, testChange, testRequest } from "./http_world.ts";
import { virtualClock } from "./virtual_clock.ts";

// deno-lint-ignore no-explicit-any -- answers are read as plain JSON
type Row = Record<string, any>;

function onKv(name: string, test: (world: Awaited<ReturnType<typeof auditWorld>>) => Promise<void>): void {
  Deno.test(name, async () => {
    const kv = await Deno.openKv(":memory:");
    try {
      await test(auditWorld(kv));
    } finally {
      kv.close();
    }
  });
}

function auditWorld(kv: Deno.Kv) {
  const ledger = createLedger({
    store: kvLedgerStore(kv),
    clock: virtualClock(),
    ids: systemIds(),
    random: systemRandom(),
  });
  const world = httpWorld({ ledger });
  const read = async (path: string): Promise<Row> => await (await world.get(`/api/sync/v2/${path}`)).json();
  return {
    ...world,
    read,
    async push(changes: unknown[], over: Record<string, unknown> = {}): Promise<Row> {
      const answer = await world.sync(testRequest({ changes, limit: 1, ...over }));
      assertEquals(answer.status, 200);
      return await answer.json();
    },
    /** All rows of an audit route, page after page, and how big the pages were. */
    async pages(
      path: string,
      name: "changes" | "conflicts",
      pagesMax = 100,
    ): Promise<{ rows: Row[]; bytesMax: number }> {
      const rows: Row[] = [];
      let bytesMax = 0;
      let before = "";
      for (let page = 0; page < pagesMax; page += 1) {
        const answer = await read(`${path}${before}`);
        bytesMax = Math.max(bytesMax, JSON.stringify(answer[name]).length);
        rows.push(...answer[name]);
        if (answer.nextBefore === null) return { rows, bytesMax };
        before = `&before=${answer.nextBefore}`;
      }
      throw new Error(`${path} has no end after ${pagesMax} pages`);
    },
    async exported(): Promise<Row[]> {
      const text = await (await world.get("/api/sync/v2/export")).text();
      return text.trimEnd().split("\n").map((line) => JSON.parse(line));
    },
  };
}

const edit = (of: Row, over: Row): Row => ({
  ...of,
  changeId: crypto.randomUUID(),
  type: "UPDATED",
  ...over,
});

onKv("10,000 rows are paged newest first without a gap or a repeat, and exported whole", async (world) => {
  const { push, pages, exported } = world;
  for (let batch = 0; batch < 50; batch += 1) {
    const changes = Array.from({ length: 200 }, (_, i) => testChange({ entityId: `e-${batch}-${i}` }));
    assertEquals((await push(changes)).results.at(-1).status, "applied");
  }
  const down = Array.from({ length: 10_000 }, (_, i) => 10_000 - i);
  for (const limit of [1_000, 997]) {
    const { rows } = await pages(`history?limit=${limit}`, "changes");
    assertEquals(rows.map(({ version }) => version), down);
  }
  const { rows } = await pages("history?limit=1000&entityType=goal&entityId=e-3-7", "changes");
  assertEquals(
    rows.map(({ version }) => version),
    [3 * 200 + 7 + 1],
    "far back, over pages that may be empty",
  );

  const lines = await exported();
  assertEquals(lines[0]?.kind, "head");
  assertEquals(lines.slice(1, 10_001).every(({ kind }) => kind === "entity"), true);
  assertEquals(
    lines.slice(10_001).map(({ kind, version }) => `${kind} ${version}`),
    down.reverse().map((version) => `change ${version}`),
  );
});

onKv(
  "a row says what was pushed, by whom, when, and what became of it, also without effect",
  async ({ push, read }) => {
    const [deviceA, deviceB] = [crypto.randomUUID(), crypto.randomUUID()];
    const goal = testChange({ timestamp: 7 });
    await push([goal], { deviceId: deviceA });
    const rival = edit(goal, { data: { title: "B", tempo: 1 }, baseVersion: 0 });
    const gone = edit(goal, { type: "DELETED", data: undefined, baseVersion: 2 });
    await push([rival, gone], { deviceId: deviceB });
    const late = edit(goal, { data: { title: "Late" }, baseVersion: 1 });
    await push([late], { deviceId: deviceA });
    await push([edit(gone, {}), goal]); // Changes nothing, and a replay: no rows.

    const { changes, nextBefore } = await read("history");
    assertEquals(nextBefore, null);
    assertEquals(changes.map(({ version, type, status, effect }: Row) => [version, type, status, effect]), [
      [4, "UPDATED", "conflict", "none"],
      [3, "DELETED", "applied", "deleted"],
      [2, "UPDATED", "conflict", "updated"],
      [1, "CREATED", "applied", "created"],
    ]);
    const [lateRow, goneRow, rivalRow, goalRow] = changes;
    assertEquals(goalRow, {
      ...goal,
      version: 1,
      deviceId: deviceA,
      createdAt: goalRow.createdAt,
      status: "applied",
      effect: "created",
    });
    assert(!Number.isNaN(Date.parse(goalRow.createdAt)));
    assertEquals([rivalRow.data, rivalRow.deviceId], [rival.data, deviceB]);
    assertEquals(rivalRow.conflict.fields, [{ name: "title", kept: "B", lost: "Scales" }]);
    assertEquals("data" in goneRow, false);
    assertEquals([lateRow.data, lateRow.conflict.reason], [{ title: "Late" }, "deleted_on_server"]);
  },
);

onKv(
  "conflicts are listed as the exchange told them, newest first, page by page",
  async ({ push, pages }) => {
    const goals = Array.from({ length: 30 }, () => testChange());
    await push(goals, { deviceId: crypto.randomUUID() });
    const rivals = goals.map((goal, i) => edit(goal, { data: { title: `rival ${i}` }, baseVersion: 0 }));
    const { conflicts } = await push(rivals, { deviceId: crypto.randomUUID() });
    assertEquals(conflicts.length, 30);
    for (const limit of [1, 7, 30, 1_000]) {
      const { rows } = await pages(`conflicts?limit=${limit}`, "conflicts");
      assertEquals(rows, [...conflicts].reverse(), `limit ${limit}`);
    }
  },
);

onKv("the ends of the trail: nobody's, below the first row, above the head", async ({ push, read }) => {
  const nothing = { changes: [], nextBefore: null };
  assertEquals(await read("history"), nothing);
  assertEquals(await read("conflicts"), { conflicts: [], nextBefore: null });
  await push([testChange(), testChange()]);
  assertEquals(await read("history?before=1"), nothing);
  assertEquals((await read("history?before=2")).changes.map(({ version }: Row) => version), [1]);
  assertEquals((await read(`history?before=${Number.MAX_SAFE_INTEGER}`)).changes.length, 2);
  assertEquals(await read("history?limit=1").then(({ nextBefore }) => nextBefore), 2);
  assertEquals(await read("history?entityType=goal&entityId=nobody"), nothing);
});

onKv("pages of big rows are cut by their bytes, and nothing is missing", async ({ push, pages }) => {
  const text = "x".repeat(200 * 1024);
  for (let i = 0; i < 5; i += 1) {
    await push(Array.from({ length: 4 }, () => testChange({ data: { text } })));
  }
  const { rows, bytesMax } = await pages("history?limit=1000", "changes");
  assertEquals(rows.map(({ version }) => version), Array.from({ length: 20 }, (_, i) => 20 - i));
  assert(bytesMax <= limits.pageBytesMax + limits.entityBytesMax + 1024, `a page of ${bytesMax} bytes`);
});

onKv(
  "the export is the state and the trail: what a pull and the history say",
  async ({ push, pages, exported, sync }) => {
    const [kept, gone] = [testChange(), testChange()];
    await push([
      kept,
      gone,
      edit(kept, { data: { mood: null } }),
      edit(gone, { type: "DELETED", data: undefined }),
    ]);
    const [head, ...lines] = await exported();
    const pull = await (await sync(testRequest())).json();
    assertEquals(head, { kind: "head", latestServerVersion: 4, epoch: pull.epoch });
    const { entityType, entityId, version, data } = pull.newChanges[0];
    assertEquals(lines.filter(({ kind }) => kind === "entity"), [{
      kind: "entity",
      entityType,
      entityId,
      version,
      data,
    }]);
    const { rows } = await pages("history?limit=1000", "changes");
    assertEquals(
      lines.filter(({ kind }) => kind === "change"),
      rows.reverse().map((row) => ({ kind: "change", ...row })),
    );
  },
);

onKv("an erase empties every answer, forgets devices and ids, and begins a new epoch", async (world) => {
  const { push, read, exported, app, authorized } = world;
  const goal = testChange();
  const { epoch } = await push([goal], { deviceId: crypto.randomUUID() });
  const erase = async () =>
    (await app.request("/api/sync/v2/data", { method: "DELETE", headers: await authorized() })).status;
  assertEquals(await erase(), 204);
  const status = await read("status");
  assertEquals({ ...status, epoch: "" }, {
    latestServerVersion: 0,
    epoch: "",
    deviceCount: 0,
    totalChanges: 0,
    entityCount: 0,
    lastSync: null,
    devices: [],
  });
  assert(status.epoch !== epoch);
  assertEquals((await read("history")).changes, []);
  assertEquals((await read("conflicts")).conflicts, []);
  assertEquals(await exported(), [{ kind: "head", latestServerVersion: 0, epoch: status.epoch }]);
  const old = await push([goal], { epoch, lastKnownServerVersion: 1 });
  assertEquals([old.reset, old.results[0].status], ["erased", "retry"]);
  const anew = await push([goal], { epoch: old.epoch });
  assertEquals([anew.results[0].status, anew.results[0].version], ["applied", 1], "the id is free again");
  assertEquals(await erase(), 204);
  assertEquals(await erase(), 204, "erasing nothing is no fault");
});
