/** What a site may give for a token, or for a user, by mistake: it must cost no more than being signed out. */
import { assertEquals } from "@std/assert";
import { isSynced } from "./world/is_synced.ts";
import { World } from "./world/world.ts";

Deno.test("what is no token is asked for again, so that a sign-in is noticed by itself", async () => {
  for (const given of ["", "undefined", "Bearer", { token: 1 }, 5, undefined]) {
    await using world = new World();
    let signedIn = false;
    const getToken = () => signedIn ? world.token("ada") : given as string;
    const { client } = world.device().open(null, { userId: "ada", getToken });
    await world.pass(60_000);
    assertEquals(client.status.state, "auth", `${given}`);
    signedIn = true;
    await world.until(isSynced(client), `synced after ${given}`, 600_000);
  }
});

Deno.test("another user's token, where the site names its user, is asked for again", async () => {
  await using world = new World();
  let user = "bob";
  const { client } = world.device().open(null, { userId: "ada", getToken: () => world.token(user) });
  await world.pass(60_000);
  assertEquals(client.status.state, "auth");
  user = "ada";
  await world.until(isSynced(client), "synced", 600_000);
});

Deno.test("nobody's edits leave under a token that names nobody", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open(null, { getToken: () => "undefined" });
  await client.create("goal", { id: "g" });
  await world.pass(60_000);
  assertEquals([device.requests.length, client.status.state, client.status.pending], [0, "auth", 1]);
});

Deno.test("an empty user id is none: edits outlive the page", async () => {
  await using world = new World();
  const device = world.device();
  const first = device.open(null, { userId: "" });
  await first.client.ready;
  await first.client.create("goal", { id: "g" });
  await world.pass(60_000);
  await first.client.close();
  const { client } = device.open(null, { userId: "" });
  await client.ready;
  await world.pass(60_000);
  assertEquals(client.list("goal"), [{ id: "g" }]);
});
