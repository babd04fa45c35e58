import { assert, assertEquals } from "@std/assert";
import { Timeline } from "../../client/timeline.ts";
import { isSynced } from "./world/is_synced.ts";
import { World } from "./world/world.ts";

Deno.test("of more than 200 steps edits go first, oldest first, and then the oldest step", () => {
  const timeline = new Timeline(() => 0);
  for (let n = 0; n < 150; n++) timeline.add("applied", { n });
  for (let n = 0; n < 150; n++) timeline.add("queued", { n });
  const steps = timeline.steps();
  assertEquals(steps.length, 200);
  assertEquals(steps.filter(({ what }) => what === "applied").length, 150);
  assertEquals(steps.at(-1)!.detail, { n: 149 });
  for (let n = 0; n < 250; n++) timeline.add("synced", { n });
  assertEquals(timeline.steps().map(({ detail }) => detail.n), Array.from({ length: 200 }, (_, i) => i + 50));
});

Deno.test("an exchange in the timeline says how long it took", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open("ada");
  await world.until(isSynced(client), "synced");
  device.network = async (_request, pass) => {
    await world.clock.sleep(120);
    return await pass();
  };
  await client.create("goal", {});
  await world.until(isSynced(client), "saved");
  const exchange = client.debug.timeline().findLast(({ what }) => what === "applied");
  assert(exchange);
  assertEquals([exchange.detail.pushed, exchange.detail.ms], [1, 120]);
});

Deno.test("a forced sync logs its own steps, however many went before", async () => {
  await using world = new World();
  const { client } = world.device().open("ada", { autoSync: false });
  for (let n = 0; n < 210; n++) await client.create("goal", {});
  const { table, log, groupCollapsed } = console;
  let logged: unknown[] = [];
  console.table = (rows: unknown[]) => logged = rows;
  console.log = console.groupCollapsed = () => {};
  try {
    await client.forceSync();
  } finally {
    Object.assign(console, { table, log, groupCollapsed });
  }
  assertEquals(logged.map((step) => (step as { what: string }).what), ["applied", "synced"]);
});
