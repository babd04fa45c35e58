import { assertEquals, assertRejects } from "@std/assert";
import { World } from "./world/world.ts";

Deno.test("undo goes one step back each time, whatever is edited while it is being written", async () => {
  for (let turns = 0; turns < 40; turns++) {
    await using world = new World();
    const { client } = world.device().open("ada", { autoSync: false });
    await client.ready;
    await client.create("goal", { id: "before" });
    const undone = client.undo();
    // Each number of turns lets the edit meet the undo at another step.
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await Promise.all([undone, client.create("goal", { id: "meanwhile" })]);
    assertEquals(client.list("goal").length, 1, `after ${turns} turns`);
    await client.undo();
    assertEquals(client.list("goal"), [], `after ${turns} turns`);
    await assertRejects(() => client.undo(), Error, "nothing was changed");
  }
});
