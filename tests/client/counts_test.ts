/** What the engine costs, counted: requests in a day, transactions for a page. */
import { assert, assertEquals } from "@std/assert";
import type { DeviceStoreFactory } from "../../client/mod.ts";
import { type Device, World } from "./world/world.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Counts the write transactions of a device, and those of them that wrote something. */
function counted(device: Device): { store: DeviceStoreFactory; all: number; writing: number } {
  const counts = { store: null as unknown as DeviceStoreFactory, all: 0, writing: 0 };
  counts.store = {
    async open(name) {
      const store = await device.store.open(name);
      return {
        kind: store.kind,
        close: () => store.close(),
        transact: (mode, work) =>
          store.transact(mode, async (tx) => {
            if (mode === "read") return await work(tx);
            counts.all++;
            let wrote = false;
            const result = await work({
              ...tx,
              put: (rows) => (wrote ||= rows.length > 0, tx.put(rows)),
              delete: (keys) => (wrote ||= keys.length > 0, tx.delete(keys)),
            });
            if (wrote) counts.writing++;
            return result;
          }),
      };
    },
  };
  return counts;
}

async function requestsInADay(prepare: (device: Device, hide: () => void) => void): Promise<number[]> {
  await using world = new World();
  const device = world.device();
  const { client, signals } = device.open("ada");
  await world.until(() => client.status.state === "synced", "the client is synced");
  prepare(device, () => signals.send("hidden"));
  await client.create("goal", { id: "g" });
  const perHour: number[] = [];
  for (let hour = 0; hour < 24; hour++) {
    const before = device.requests.length;
    await world.pass(hourMs);
    perHour.push(device.requests.length - before);
  }
  return perHour;
}

const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
const unavailable = (device: Device) => {
  device.network = () =>
    Promise.resolve({ status: 503, header: () => null, text: () => Promise.resolve("busy") });
};

Deno.test("a day in the life of a visible page: a poll every 30 s and no more", async () => {
  const perHour = await requestsInADay(() => {});
  console.log(`idle and visible: ${sum(perHour)} requests in 24 h`);
  // Tokens live for an hour here: each costs one request that is answered by 401.
  assert(sum(perHour) <= dayMs / 30_000 + 1 + 24, `${sum(perHour)}`);
  assert(sum(perHour) >= dayMs / 30_000 - 60, "it did poll");
});

Deno.test("a hidden page polls every four minutes", async () => {
  const perHour = await requestsInADay((_device, hide) => hide());
  console.log(`idle and hidden: ${sum(perHour)} requests in 24 h`);
  assert(perHour.every((count) => count <= 15 + 1), String(perHour));
});

Deno.test("a server that is down for a day is asked seldom, and nothing is lost", async () => {
  const visible = await requestsInADay((device) => unavailable(device));
  const hidden = await requestsInADay((device, hide) => (unavailable(device), hide()));
  console.log(`503 for a day: ${sum(visible)} requests visible, ${sum(hidden)} hidden`);
  assert(visible.every((count) => count <= 60), String(visible));
  assert(hidden.slice(1).every((count) => count <= 15), String(hidden));
});

Deno.test("a page of 1,000 changes is applied in one transaction", async () => {
  await using world = new World();
  const writer = world.device().open("ada").client;
  await world.until(() => writer.status.state === "synced", "the writer is synced");
  await Promise.all(Array.from({ length: 1000 }, (_, n) => writer.create("goal", { id: `g${n}` })));
  await world.until(() => writer.status.state === "synced", "everything is saved");
  const device = world.device();
  const counts = counted(device);
  const { client } = device.open("ada", { autoSync: false, ports: { store: counts.store } });
  await client.ready;
  await world.settle();
  const before = { ...counts };
  await client.manualSync();
  assertEquals(client.list("goal").length, 1000);
  assertEquals(counts.writing - before.writing, 1);
  assertEquals(
    counts.all - before.all,
    2,
    "one to take the batch, which found nothing to write, one to apply",
  );
});
