/** What a page hands to the site's service worker. */
import { assertEquals } from "@std/assert";
import type { WorkerHandover } from "../../client/ports.ts";
import { reply } from "./world/reply.ts";
import { isSynced } from "./world/is_synced.ts";
import { World } from "./world/world.ts";

for (const how of ["is paused", "is not in the rollout", "may sync"] as const) {
  const handed = how === "may sync" ? "ada" : undefined;
  Deno.test(`a page that ${how} hands ${handed ? "its" : "no"} queue to the service worker`, async () => {
    await using world = new World();
    const device = world.device();
    let answer = (): Promise<WorkerHandover | null> => Promise.resolve(null);
    const background = {
      request() {},
      answer: (give: typeof answer) => {
        answer = give;
        return () => {};
      },
    };
    const inRollout = how !== "is not in the rollout";
    device.network = (request, pass) =>
      request.url.endsWith("/api/flags")
        ? Promise.resolve(reply(200, JSON.stringify({ syncV2: inRollout, reason: "rollout" })))
        : pass();
    const { client } = device.open("ada", { followRollout: true, ports: { background } });
    await client.ready;
    if (how === "is paused") await client.pause();
    await client.create("goal", { id: "g" });
    await world.pass(60_000);
    assertEquals((await answer())?.userId, handed);
  });
}

for (const how of ["logs out", "is paused"] as const) {
  Deno.test(`a page that ${how} while it asks for the rollout hands nothing to the service worker`, async () => {
    await using world = new World();
    const device = world.device();
    let handOver = (): Promise<WorkerHandover | null> => Promise.resolve(null);
    const background = { request() {}, answer: (give: typeof handOver) => (handOver = give, () => {}) };
    const { client } = device.open("ada", { followRollout: true, ports: { background } });
    await world.until(isSynced(client), "synced");
    device.network = async (request, pass) => {
      if (request.url.endsWith("/flags")) await world.clock.sleep(1000);
      return await pass();
    };
    // The last decision is too old.
    world.clock.skip(3_600_001);
    const handed = handOver();
    await world.settle();
    await (how === "logs out" ? client.logout() : client.pause());
    await world.pass(2000);
    assertEquals(await handed, null);
  });
}
