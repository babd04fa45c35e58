// deno-lint-ignore-file require-await -- work of a transaction is asynchronous by contract
/** What every device store must do: one suite, run on every adapter. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type DeviceStoreFactory, StorageFault, type StoreRow } from "../../client/ports.ts";

/** Registers the suite for the adapter that `makeFactory` gives. */
export function testDeviceStore(adapter: string, makeFactory: () => DeviceStoreFactory): void {
  const test = (name: string, run: (factory: DeviceStoreFactory) => Promise<void>) =>
    Deno.test(`${adapter}: ${name}`, () => run(makeFactory()));

  test("what a write transaction put is there for the next one, and for another handle", async (factory) => {
    const store = await factory.open("a");
    await store.transact("write", async (tx) => tx.put([[["queue", 1], { n: 1 }], [["meta", "x"], "y"]]));
    assertEquals(await store.transact("read", (tx) => tx.get([["queue", 1], ["queue", 2], ["meta", "x"]])), [
      { n: 1 },
      undefined,
      "y",
    ]);
    store.close();
    const again = await factory.open("a");
    assertEquals(await again.transact("read", (tx) => tx.list([])), [[["meta", "x"], "y"], [["queue", 1], {
      n: 1,
    }]]);
    again.close();
  });

  test("databases of different names share nothing", async (factory) => {
    const [one, two] = [await factory.open("one"), await factory.open("two")];
    await one.transact("write", async (tx) => tx.put([[["k", 1], 1]]));
    assertEquals(await two.transact("read", (tx) => tx.list([])), []);
    one.close();
    two.close();
  });

  test("a list has the rows of its prefix only, numbers and strings in order", async (factory) => {
    const store = await factory.open("a");
    const rows: StoreRow[] = [
      [["queue", 10], "ten"],
      [["queue", 9], "nine"],
      [["queue", 1.5], "between"],
      [["base", 0, "goal", "b"], 2],
      [["base", 0, "goal", "a\uffff"], 1],
      [["base", 0, "goals", "a"], 3],
      [["base", 1, "goal", "z"], 4],
      [["queues", 1], "other kind"],
    ];
    await store.transact("write", async (tx) => tx.put(rows));
    const keys = async (prefix: (string | number)[]) =>
      (await store.transact("read", (tx) => tx.list(prefix))).map(([key]) => key);
    assertEquals(await keys(["queue"]), [["queue", 1.5], ["queue", 9], ["queue", 10]]);
    assertEquals(await keys(["base", 0]), [["base", 0, "goal", "a\uffff"], ["base", 0, "goal", "b"], [
      "base",
      0,
      "goals",
      "a",
    ]]);
    assertEquals((await keys([])).length, rows.length);
    store.close();
  });

  test("a transaction sees its own writes and deletes", async (factory) => {
    const store = await factory.open("a");
    await store.transact("write", async (tx) => tx.put([[["k", 1], 1], [["k", 2], 2], [["j", 1], 3]]));
    const seen = await store.transact("write", async (tx) => {
      tx.delete([["k", 1]]);
      tx.put([[["k", 3], 3]]);
      return await tx.list(["k"]);
    });
    assertEquals(seen, [[["k", 2], 2], [["k", 3], 3]]);
    await store.transact("write", async (tx) => tx.deletePrefix(["k"]));
    assertEquals(await store.transact("read", (tx) => tx.list([])), [[["j", 1], 3]]);
    store.close();
  });

  test("work that throws writes nothing, and its error is the one that comes out", async (factory) => {
    const store = await factory.open("a");
    const failure = new RangeError("no");
    const error = await assertRejects(() =>
      store.transact("write", async (tx) => {
        tx.put([[["k", 1], 1]]);
        await tx.get([["k", 1]]);
        throw failure;
      })
    );
    assert(error === failure);
    assertEquals(await store.transact("read", (tx) => tx.list([])), []);
    store.close();
  });

  test("write transactions of two handles are serialised: no update is lost", async (factory) => {
    const handles = [await factory.open("a"), await factory.open("a")];
    const add = (n: number) =>
      handles[n % 2]!.transact("write", async (tx) => {
        const [count] = await tx.get([["count"]]);
        tx.put([[["count"], (count as number | undefined ?? 0) + 1]]);
      });
    await Promise.all(Array.from({ length: 50 }, (_, n) => add(n)));
    assertEquals(await handles[0]!.transact("read", (tx) => tx.get([["count"]])), [50]);
    for (const handle of handles) handle.close();
  });

  test("values are copies: what a caller does to them later changes nothing", async (factory) => {
    const store = await factory.open("a");
    const value = { list: [1] };
    await store.transact("write", async (tx) => tx.put([[["k", 1], value]]));
    value.list.push(2);
    const [first] = await store.transact("read", (tx) => tx.get([["k", 1]]));
    assertEquals(first, { list: [1] });
    (first as typeof value).list.push(3);
    assertEquals(await store.transact("read", (tx) => tx.get([["k", 1]])), [{ list: [1] }]);
    store.close();
  });

  test("a closed store says so", async (factory) => {
    const store = await factory.open("a");
    store.close();
    const fault = await assertRejects(() => store.transact("read", (tx) => tx.list([])), StorageFault);
    assertEquals(fault.code, "closed");
  });
}
