/** Writers of one user at once: in one isolate, and in several that share a store. */
import { assert, assertEquals } from "@std/assert";
import { createLedger } from "../../../api/ledger/ledger.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import type { Ledger } from "../../../api/ports.ts";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { systemClock } from "../../../api/adapters/system_clock.ts";
import { systemIds } from "../../../api/adapters/system_ids.ts";
import { systemRandom } from "../../../api/adapters/system_random.ts";
import { created, onEveryStore, type TestChange, updated, user, verdictsOf } from "./ledger_world.ts";

function realLedger(store: LedgerStore): Ledger {
  return createLedger({ store, clock: systemClock(), ids: systemIds(), random: systemRandom() });
}

async function onFileKv(
  name: string,
  test: (open: () => Promise<LedgerStore>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: name });
  const opened: Deno.Kv[] = [];
  try {
    await test(async () => {
      const kv = await Deno.openKv(`${folder}/sync.kv`);
      opened.push(kv);
      return kvLedgerStore(kv);
    });
  } finally {
    for (const kv of opened) kv.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Pushes a writer's changes until all are settled, as a client would. */
async function pushAll(ledger: Ledger, writer: number, changes: number): Promise<number> {
  let busy = 0;
  for (let i = 0; i < changes; i++) {
    const change = created(`w${writer}-${i}`, { i });
    for (let attempt = 0;; attempt++) {
      assert(attempt < 200, "a writer must get through");
      const result = await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [change], limit: 1 });
      if (result.ok && result.response.results[0]?.status !== "retry") break;
      busy++;
    }
  }
  return busy;
}

async function gaplessVersions(ledger: Ledger): Promise<number> {
  const versions: number[] = [];
  for (let before: number | undefined, more = true; more;) {
    const page = await ledger.history(user, { limit: 1000, ...(before === undefined ? {} : { before }) });
    versions.push(...page.rows.map(({ version }) => version));
    before = page.nextBefore ?? undefined;
    more = page.nextBefore !== null;
  }
  assertEquals(versions, Array.from({ length: versions.length }, (_, i) => versions.length - i));
  return versions.length;
}

onEveryStore("50 writers of one user at once: gapless versions, nobody turned away", async ({ ledger }) => {
  const busy = await Promise.all(Array.from({ length: 50 }, (_, writer) => pushAll(ledger, writer, 4)));
  assertEquals(busy.reduce((sum, n) => sum + n, 0), 0);
  assertEquals(await gaplessVersions(ledger), 200);
  assertEquals((await ledger.status(user)).entityCount, 200);
});

for (const kind of ["memory", "Deno KV"]) {
  Deno.test(`several isolates' ledgers on one store: gapless versions, each change once (${kind})`, () =>
    onFileKv("isolates", async (open) => {
      const store = kind === "memory" ? memoryLedgerStore() : await open();
      const ledgers = Array.from({ length: 5 }, () => realLedger(store));
      await Promise.all(ledgers.flatMap((ledger, i) => [pushAll(ledger, i, 8), pushAll(ledger, i + 10, 8)]));
      assertEquals(await gaplessVersions(ledgers[0]!), 80);
    }));
}

Deno.test("two connections to one database file: locked files are waited for", () =>
  onFileKv("connections", async (open) => {
    const ledgers = [realLedger(await open()), realLedger(await open())];
    await Promise.all(ledgers.map((ledger, i) => pushAll(ledger, i, 20)));
    assertEquals(await gaplessVersions(ledgers[0]!), 40);
  }));

onEveryStore("the same change 50 times at once is one row and fifty answers", async ({ ledger, sync }) => {
  const change = created("a", { x: 1 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => sync(0, [change])));
  const verdicts = answers.map((answer) => verdictsOf(answer)[0]).sort();
  assertEquals(verdicts, ["applied@1", ...Array(49).fill("duplicate@1<applied")]);
  assertEquals(await gaplessVersions(ledger), 1);
});

Deno.test("the same batch from several isolates at once: one row each, no false rejection", () =>
  onFileKv("replays", async (open) => {
    const store = await open();
    const ledgers = Array.from({ length: 8 }, () => realLedger(store));
    for (let round = 0; round < 10; round++) {
      const batch = [created(`e${round}`, { x: 1 }), updated(`e${round}`, { x: 2 })];
      const answers = await Promise.all(
        ledgers.map((ledger) =>
          ledger.exchange(user, { lastKnownServerVersion: 0, changes: batch, limit: 1 })
        ),
      );
      for (const answer of answers) {
        if (!answer.ok) continue;
        for (const { status } of answer.response.results) {
          assert(["applied", "duplicate", "retry"].includes(status), status);
        }
      }
    }
    assertEquals(await gaplessVersions(ledgers[0]!), 20);
  }));

/** A store whose head somebody else moves after every read of marks. */
function contested(store: LedgerStore, times: number): LedgerStore {
  let left = times;
  return {
    ...store,
    async readState(...args) {
      const state = await store.readState(...args);
      if (args[2].length > 0 && left-- > 0) {
        const rival = realLedger(store);
        await rival.exchange(user, {
          lastKnownServerVersion: 0,
          changes: [created(`rival${left}`, {})],
          limit: 1,
        });
      }
      return state;
    },
  };
}

Deno.test("a lost race is settled anew on what the winner wrote", async () => {
  const ledger = realLedger(contested(memoryLedgerStore(), 3));
  const result = await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [created("a", {})] });
  assert(result.ok);
  assertEquals(verdictsOf(result.response), ["applied@4"]);
  assertEquals(result.response.newChanges.length, 4);
});

Deno.test("a race lost for ever ends as busy, with nothing settled", async () => {
  const store = memoryLedgerStore();
  const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
  const ledger = createLedger({
    store: contested(store, 1000),
    clock,
    ids: systemIds(),
    random: { next: () => 1 },
  });
  const change = created("a", {});
  const result = await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [change] });
  assertEquals(result, { ok: false, code: "busy", retryAfterMs: 1000 });
  const rows = await realLedger(store).history(user, { limit: 100 });
  assert(rows.rows.every(({ changeId }) => changeId !== change.changeId));
});

Deno.test("a rejection that rests on state is judged again when the head moved meanwhile", async () => {
  const store = memoryLedgerStore();
  let raced = false;
  const ledger = realLedger({
    ...store,
    async readState(...args) {
      const state = await store.readState(...args);
      if (!raced) {
        raced = true;
        await realLedger(store).exchange(user, { lastKnownServerVersion: 0, changes: [created("a", {})] });
      }
      return state;
    },
  });
  const result = await ledger.exchange(user, {
    lastKnownServerVersion: 0,
    changes: [updated("a", { x: 1 })],
  });
  assert(result.ok);
  assertEquals(result.response.results[0]?.status, "applied");
});

Deno.test("a changeId settled as a duplicate meanwhile is not settled again with other content", () =>
  onFileKv("marks", async (open) => {
    for (const store of [memoryLedgerStore(), await open()]) {
      const plain = realLedger(store);
      const push = async (ledger: Ledger, change: TestChange) => {
        const result = await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [change] });
        assert(result.ok);
        return verdictsOf(result.response);
      };
      await push(plain, created("a", { x: 1 }));
      const first = created("a", { x: 1 });
      const other = { ...created("b", { x: 2 }), changeId: first.changeId };
      let settled: string[] | null = null;
      const slow = realLedger({
        ...store,
        async readState(...args) {
          const state = await store.readState(...args);
          settled ??= await push(plain, first);
          return state;
        },
      });
      assertEquals(await push(slow, other), ["rejected:change_id_reused"]);
      assertEquals(settled, ["duplicate@1"]);
      assertEquals(await push(plain, first), ["duplicate@1<duplicate"]);
    }
  }));

Deno.test("a user erased in the middle of a push: everything is retried under the new epoch", async () => {
  const store = memoryLedgerStore();
  let erased = false;
  const plain = realLedger(store);
  const before = (await plain.status(user)).epoch;
  const ledger = realLedger({
    ...store,
    async readState(...args) {
      const state = await store.readState(...args);
      if (!erased) {
        erased = true;
        await plain.erase(user);
      }
      return state;
    },
  });
  const request = { lastKnownServerVersion: 0, changes: [created("a", {})], epoch: before };
  const result = await ledger.exchange(user, request);
  assert(result.ok);
  assertEquals([result.response.reset, verdictsOf(result.response)], ["erased", ["retry"]]);
});

Deno.test("an entity that moves while a compacted page is read comes with a later page", async () => {
  const store = memoryLedgerStore();
  const rival = realLedger(store);
  const push = async (...changes: unknown[]) => {
    assert((await rival.exchange(user, { lastKnownServerVersion: 0, changes })).ok);
  };
  await push(created("a", { x: 1 }), created("b", { x: 1 }));
  let moved = false;
  const ledger = realLedger({
    ...store,
    async listFeed(...args) {
      const listed = await store.listFeed(...args);
      if (!moved) {
        moved = true;
        await push(updated("a", { x: 2 }), created("c", { x: 1 }));
      }
      return listed;
    },
  });
  const first = await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [] });
  assert(first.ok);
  const { newChanges, latestServerVersion, serverVersion, hasMore, snapshot, epoch, checksum } =
    first.response;
  assertEquals(newChanges.map(({ entityId }) => entityId), ["b"]);
  assertEquals([latestServerVersion, serverVersion, hasMore, snapshot, checksum], [
    2,
    4,
    true,
    true,
    undefined,
  ]);
  const second = await ledger.exchange(user, {
    lastKnownServerVersion: 2,
    changes: [],
    epoch,
    snapshot: true,
  });
  assert(second.ok);
  assertEquals(second.response.newChanges.map(({ entityId, data }) => [entityId, data]), [["a", { x: 2 }], [
    "c",
    { x: 1 },
  ]]);
  assertEquals([second.response.hasMore, second.response.snapshot], [false, undefined]);
});

Deno.test("a log trimmed while a delta page is read is served compacted instead", async () => {
  const store = memoryLedgerStore();
  const plain = realLedger(store);
  const changes = [created("a", { x: 1 }), updated("a", { x: 2 }), updated("a", { x: 3 })];
  const pushed = await plain.exchange(user, { lastKnownServerVersion: 0, changes });
  assert(pushed.ok);
  let trimmed = false;
  const ledger = realLedger({
    ...store,
    async listRows(...args) {
      if (!trimmed) {
        trimmed = true;
        const { head, token } = await store.readHead(user);
        await store.replaceHead(user, token, { ...head!, floor: 2 });
        await store.trimRows(user, 0, 2, 10);
      }
      return await store.listRows(...args);
    },
  });
  const { epoch } = pushed.response;
  const pulled = await ledger.exchange(user, { lastKnownServerVersion: 1, changes: [], epoch });
  assert(pulled.ok);
  assertEquals(pulled.response.newChanges.map(({ type, data }) => [type, data]), [["CREATED", { x: 3 }]]);
});
