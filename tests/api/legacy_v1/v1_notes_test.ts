/** What V1 clients are remembered by, on every store. */
import { assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import { emptyHead } from "../../../api/ledger/records.ts";
import { planV1Answers, type V1Answer, v1NoteBounds } from "../../../api/ledger/v1_notes.ts";
import { created, ledgerWorld, user } from "../ledger/ledger_world.ts";

const nowMs = Date.UTC(2026, 10, 22);
const dayMs = 86_400_000;
const keyOf = (n: number) => n.toString(16).padStart(32, "0");
const answer = (over: Partial<V1Answer> = {}): V1Answer => ({
  digest: "d",
  body: "{}",
  atMs: nowMs,
  ...over,
});

function onBoth(name: string, test: (store: LedgerStore) => Promise<void>): void {
  Deno.test(`${name} (memory)`, () => test(memoryLedgerStore()));
  Deno.test(`${name} (Deno KV)`, async () => {
    const kv = await Deno.openKv(":memory:");
    try {
      await test(kvLedgerStore(kv));
    } finally {
      kv.close();
    }
  });
}

onBoth("a token names its version in its own key space and user only", async (store) => {
  await store.keepV1Token(user, 0, "sync_a", 7);
  assertEquals(await store.readV1Token(user, 0, "sync_a"), 7);
  assertEquals(await store.readV1Token(user, 1, "sync_a"), null);
  assertEquals(await store.readV1Token("other", 0, "sync_a"), null);
  assertEquals(await store.readV1Token(user, 0, "sync_b"), null);
});

onBoth("an answer stays for a day, and the first one stands", async (store) => {
  const place = await store.openV1Answer(user, 0, keyOf(1), nowMs);
  const other = await store.openV1Answer(user, 0, keyOf(1), nowMs);
  assertEquals(place.kept, null);
  assertEquals(await place.keep(answer()), answer());
  assertEquals(await other.keep(answer({ digest: "late" })), answer());
  const at = async (atMs: number) => (await store.openV1Answer(user, 0, keyOf(1), atMs)).kept;
  assertEquals([await at(nowMs + dayMs), await at(nowMs + dayMs + 1)], [answer(), null]);
  const again = await store.openV1Answer(user, 0, keyOf(1), nowMs + dayMs + 1);
  const newer = answer({ digest: "new", atMs: nowMs + dayMs + 1 });
  assertEquals(await again.keep(newer), newer);
  assertEquals((await store.openV1Answer(user, 1, keyOf(1), nowMs)).kept, null);
});

onBoth("answers kept at once all stand", async (store) => {
  const places = await Promise.all(
    Array.from({ length: 8 }, (_, n) => store.openV1Answer(user, 0, keyOf(n), nowMs)),
  );
  await Promise.all(places.map((place, n) => place.keep(answer({ digest: `${n}` }))));
  for (let n = 0; n < 8; n++) {
    assertEquals((await store.openV1Answer(user, 0, keyOf(n), nowMs)).kept?.digest, `${n}`);
  }
});

onBoth("a large answer comes back whole, one beyond the bound without its body", async (store) => {
  for (
    const [n, length, kept] of [[1, 70_000, true], [2, 1_000_000, true], [
      3,
      v1NoteBounds.answerBytesMax + 1,
      false,
    ]] as const
  ) {
    const body = "x".repeat(length);
    const place = await store.openV1Answer(user, 0, keyOf(n), nowMs);
    await place.keep(answer({ body }));
    const { kept: read } = await store.openV1Answer(user, 0, keyOf(n), nowMs);
    assertEquals([read?.digest, read?.body === (kept ? body : null)], ["d", true]);
  }
});

Deno.test("answers are bounded: the oldest and those of yesterday make room", () => {
  const max = v1NoteBounds.answersMax;
  const full = Array.from({ length: max }, (_, n) => [`k${n}`, nowMs] as const);
  const one = planV1Answers(full, "new", nowMs);
  assertEquals([one.listed.length, one.dropped, one.listed.at(-1)], [max, ["k0"], ["new", nowMs]]);
  const again = planV1Answers(full, "k0", nowMs + 1);
  assertEquals([again.listed.length, again.dropped, again.listed.at(-1)], [max, [], ["k0", nowMs + 1]]);
  const aged = planV1Answers([["old", nowMs], ["young", nowMs + 1]], "new", nowMs + dayMs + 1);
  assertEquals([aged.listed.map(([key]) => key), aged.dropped], [["young", "new"], ["old"]]);
});

onBoth("the oldest of many answers are gone from the store", async (store) => {
  const { listed } = planV1Answers([], keyOf(0), nowMs);
  assertEquals(listed.length, 1);
  for (let n = 0; n <= 20; n++) {
    const place = await store.openV1Answer(user, 0, keyOf(n), nowMs + n);
    await place.keep(answer({ atMs: nowMs + n }));
  }
  // Those of a day ago go with the next one.
  const place = await store.openV1Answer(user, 0, keyOf(99), nowMs + dayMs + 10);
  await place.keep(answer({ atMs: nowMs + dayMs + 10 }));
  const kept = async (n: number) => (await store.openV1Answer(user, 0, keyOf(n), nowMs)).kept !== null;
  assertEquals([await kept(9), await kept(10), await kept(20)], [false, true, true]);
});

onBoth("an erase takes tokens and answers along", async (store) => {
  const { ledger, sync } = ledgerWorld(store);
  await sync(0, [created("g", { x: 1 })]);
  await store.keepV1Token(user, 0, "sync_a", 1);
  await (await store.openV1Answer(user, 0, keyOf(1), nowMs)).keep(answer({ body: "x".repeat(100_000) }));
  await ledger.erase(user);
  assertEquals((await store.readHead(user)).head?.prefix, emptyHead.prefix + 1);
  assertEquals(await store.readV1Token(user, 0, "sync_a"), null);
  assertEquals((await store.openV1Answer(user, 0, keyOf(1), nowMs)).kept, null);
});

onBoth("entities of one type are listed in pages, whole, tombstones too", async (store) => {
  const { sync } = ledgerWorld(store);
  const entry = (id: string, size: number) =>
    created(id, { text: "x".repeat(size) }, { entityType: "logbook_entry" });
  await sync(0, [
    entry("a", 10),
    entry("b", 40_000),
    entry("c", 200_000),
    created("g", { x: 1 }),
    entry("d", 1),
  ]);
  await sync(5, [{ ...entry("a", 0), type: "DELETED" }]);
  const ids: string[] = [];
  let after: string | null = null;
  for (let page = 0; page < 10; page++) {
    const list = await store.listEntities(user, 0, {
      entityType: "logbook_entry",
      after,
      limit: 2,
      bytesMax: 100_000,
    });
    assertEquals(list.torn, []);
    for (const { entityId, data, deleted } of list.entities) {
      ids.push(`${entityId}:${deleted ? "gone" : String(data.text).length}`);
    }
    after = list.next;
    if (after === null) break;
  }
  assertEquals(ids, ["a:gone", "b:40000", "c:200000", "d:1"]);
});
