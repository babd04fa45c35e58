/** A network too slow for a full batch, or a full page, in the time that a request has. */
import { assertEquals } from "@std/assert";
import type { TransportRequest } from "../../client/ports.ts";
import { isSynced } from "./world/is_synced.ts";
import { type Device, World } from "./world/world.ts";

/** 160 kbit/s: 600 KB in the 30 s of a request. */
const bytesPerMs = 20;

/** `bytes` of text that does not compress, the same in every run. */
function noise(bytes: number, seed: number): string {
  let text = "";
  for (let n = seed + 1; text.length < bytes; n = (n * 16_807) % 2_147_483_647) text += n.toString(36);
  return text.slice(0, bytes);
}

function slowDown(world: World, device: Device): void {
  const take = (bytes: number) => world.clock.sleep(bytes / bytesPerMs);
  device.network = async (request: TransportRequest, pass) => {
    await take(request.body?.length ?? 0);
    if (request.signal.aborted) throw request.signal.reason;
    const response = await pass();
    const text = await response.text();
    await take(text.length);
    return { ...response, text: () => Promise.resolve(text) };
  };
}

Deno.test("a long queue gets through a slow network", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open("ada");
  await world.until(isSynced(client), "synced");
  device.online = false;
  for (let n = 0; n < 30; n++) await client.create("note", { id: `n${n}`, text: noise(30_000, n) });
  slowDown(world, device);
  device.online = true;
  await world.until(() => client.status.pending === 0, "everything is sent", 3_600_000);
});

Deno.test("a new device gets all records over a slow network", async () => {
  await using world = new World();
  const rich = world.device().open("ada").client;
  for (let n = 0; n < 30; n++) await rich.create("note", { id: `n${n}`, text: noise(30_000, n) });
  await world.until(isSynced(rich), "all are saved");
  await rich.close();
  const device = world.device();
  slowDown(world, device);
  const { client } = device.open("ada");
  await world.until(isSynced(client), "everything is here", 3_600_000);
  assertEquals(client.list("note").length, 30);
});
