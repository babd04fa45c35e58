import { assert, assertEquals } from "@std/assert";
import type { SyncStatus } from "../../client/mod.ts";
import { World } from "./world/world.ts";

type Progress = NonNullable<SyncStatus["progress"]>;

Deno.test("a first sync shows how far it is, page by page, and can be used while it runs", async () => {
  await using world = new World();
  const writer = world.device().open("ada").client;
  await world.until(() => writer.status.state === "synced", "the writer is synced");
  await Promise.all(Array.from({ length: 2500 }, (_, n) => writer.create("goal", { id: `g${n}`, n })));
  await world.until(() => writer.status.state === "synced", "2,500 goals are saved");

  const device = world.device();
  const seen: Progress[] = [];
  const reader = device.open("ada").client;
  reader.addEventListener("status", ({ detail }) => {
    if (detail.progress && detail.progress.done > (seen.at(-1)?.done ?? 0)) seen.push(detail.progress);
  });
  let halfWay = 0;
  device.network = async (_request, pass) => {
    const response = await pass();
    if (device.requests.length === 2) {
      halfWay = reader.list("goal").length;
      await reader.update("goal", "g1", { n: -1 });
    }
    return response;
  };
  await world.until(() => reader.status.state === "synced", "the reader is synced");
  assertEquals(seen.map(({ done }) => done), [1000, 2000]);
  assert(seen.every(({ total }) => total >= 2500));
  assertEquals(halfWay, 1000, "the first page is there before the second has come");
  assertEquals([reader.list("goal").length, reader.get("goal", "g1")!.n], [2500, -1]);
  await world.until(() => writer.get("goal", "g1")!.n === -1, "the edit made meanwhile reaches the writer");
});

Deno.test("a long flush shows how many changes are saved of how many", async () => {
  await using world = new World();
  const device = world.device();
  const { client, signals } = device.open("ada");
  await world.until(() => client.status.state === "synced", "the client is synced");
  device.online = false;
  await Promise.all(Array.from({ length: 1200 }, (_, n) => client.create("goal", { id: `g${n}` })));
  const seen: Progress[] = [];
  client.addEventListener("status", ({ detail }) => {
    if (detail.progress && detail.progress.done > (seen.at(-1)?.done ?? 0)) seen.push(detail.progress);
  });
  device.online = true;
  signals.send("online");
  await world.until(() => client.status.state === "synced", "everything is saved");
  assertEquals(seen.map(({ done, total }) => [done, total]), [[500, 1200], [1000, 1200]]);
});
