/** What V1's requests cost on a remote database: sequential steps, counted and held. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { countingKv } from "../ledger/counting_kv.ts";
import { entry, phone, type V1World, v1World } from "./v1_world.ts";

type Take = ReturnType<typeof countingKv>["take"];

/** A user with 100 entries whom the phone has pulled. */
async function counted(test: (world: V1World, take: Take, token: string) => Promise<void>): Promise<void> {
  const kv = await Deno.openKv(":memory:");
  try {
    const counting = countingKv(kv);
    const world = v1World(kvLedgerStore(counting.kv));
    await world.push({ entries: many(100) }, { device: phone });
    const { body } = await world.pull({ device: phone });
    counting.take();
    await test(world, counting.take, body.syncToken);
  } finally {
    kv.close();
  }
}

const many = (count: number, over: Record<string, unknown> = {}) =>
  Array.from({ length: count }, (_, n) => entry(`e${n}`, over));

Deno.test("a V1 poll is three steps and writes nothing, whatever it brings", () =>
  counted(async ({ pull }, take) => {
    await pull({ device: phone });
    assertEquals(take(), { steps: 3, commits: 0 });
    await pull();
    assertEquals(take(), { steps: 3, commits: 0 });
  }));

Deno.test("the first poll of a version is one step more, for its token", () =>
  counted(async ({ pull, push }, take) => {
    await push({ goals: [{ id: "g" }] });
    take();
    await pull({ device: phone });
    const { steps } = take();
    assert(steps <= 4, `${steps} steps`);
  }));

Deno.test("a poll of large records is one step more, for their parts", () =>
  counted(async ({ pull, push }, take) => {
    await push({ goals: [{ id: "g", text: "x".repeat(100_000) }, { id: "h", text: "x".repeat(200_000) }] });
    await pull();
    take();
    await pull();
    assertEquals(take(), { steps: 4, commits: 0 });
  }));

Deno.test("a V1 push of 100 records of which none, one or all changed is two or three steps, one more with a key", () =>
  counted(async ({ push }, take, token) => {
    const options = { device: phone, token };
    await push({ entries: many(100) }, options);
    assertEquals(take(), { steps: 2, commits: 0 });
    await push({ entries: [...many(99), entry("e99", { notes: "new" })] }, options);
    assertEquals(take(), { steps: 3, commits: 1 });
    await push({ entries: many(100, { notes: "all" }) }, options);
    assertEquals(take(), { steps: 3, commits: 1 });
    await push({ entries: many(100, { notes: "keyed" }) }, { ...options, key: "k" });
    assertEquals(take(), { steps: 4, commits: 2 });
    await push({ entries: many(100, { notes: "keyed" }) }, { ...options, key: "k" });
    assertEquals(take(), { steps: 2, commits: 0 });
  }));

Deno.test("a V1 push of 1,000 new records is a head, two reads, and as few commits as hold them", () =>
  counted(async ({ push }, take) => {
    const entries = Array.from({ length: 1000 }, (_, n) => entry(`n${n}`, { notes: "x".repeat(400) }));
    await push({ entries }, { device: phone });
    const { steps, commits } = take();
    assert(commits <= 8, `${commits} commits`);
    assertEquals(steps, 3 + commits);
  }));

Deno.test("a V1 status is two steps", () =>
  counted(async ({ status }, take) => {
    await status({ device: phone });
    // One of them asks whether rows of the older system wait.
    const { steps, commits } = take();
    assert(steps <= 3, `${steps} steps`);
    assertEquals(commits, 0);
  }));
