import { assertEquals, assertRejects } from "@std/assert";
import { SyncClientError } from "../../client/mod.ts";
import { isSynced } from "./world/is_synced.ts";
import { reply } from "./world/reply.ts";
import { World } from "./world/world.ts";

Deno.test("an answer 200 that is not the route's own is refused in words, once, not met as a fault of ours", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open("ada");
  await world.until(isSynced(client), "synced");
  for (const body of ["null", "[]", '"ok"', "{}", '{"changes":', "<!doctype html>"]) {
    device.network = () => Promise.resolve(reply(200, body));
    const routes = [() => client.history("goal", "g"), () => client.getStatus(), () => client.migrate()];
    for (const route of routes) {
      const before = device.requests.length;
      const refused = await assertRejects(route, SyncClientError);
      assertEquals([refused.code, device.requests.length - before], ["request_failed", 1], body);
    }
  }
  device.network = (_request, pass) => pass();
  assertEquals(await client.history("goal", "g"), []);
  assertEquals((await client.getStatus()).totalChanges, 0);
  assertEquals((await client.migrate()).remaining, 0);
});
