import { assertEquals } from "@std/assert";
import { refuse } from "./world/reply.ts";
import { isSynced } from "./world/is_synced.ts";
import { World } from "./world/world.ts";

Deno.test("edits of a page that is signed out ask nobody to sign in again, also while a failed change is shown", async () => {
  for (const failed of [0, 1]) {
    await using world = new World();
    const device = world.device();
    let signedIn = true;
    let asked = 0;
    const getToken = () => (asked++, signedIn ? world.token("ada", 3_600_000 - asked * 1000) : null);
    const { client } = device.open(null, { getToken });
    await world.until(isSynced(client), "synced");
    if (failed) await client.update("goal", "never made", { n: 1 });
    await world.until(() => client.status.failed === failed && client.status.pending === 0, "it is refused");
    signedIn = false;
    device.network = (_request, pass) => signedIn ? pass() : Promise.resolve(refuse("token_expired"));
    let told = 0;
    client.addEventListener("auth-required", () => told++);
    await client.create("goal", { n: 0 });
    await world.pass(60_000);
    assertEquals([client.status.state, told], [failed ? "failed" : "auth", 1]);
    const before = asked;
    for (let n = 0; n < 10; n++) {
      await client.create("goal", { n });
      await world.settle();
    }
    assertEquals([asked - before, told], [0, 1], "edits wait for the schedule");
    signedIn = true;
    await client.signIn();
    await world.settle();
    assertEquals(client.status.pending, 0, "a sign-in sends them at once");
  }
});
