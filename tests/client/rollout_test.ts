import { assertEquals } from "@std/assert";
import { isSynced } from "./world/is_synced.ts";
import { World } from "./world/world.ts";

const isFlags = ({ url }: { url: string }) => url === "https://sync.test/api/flags";

/** A device whose user is in the rollout or not, as `state.syncV2` says; null: the service cannot tell. */
function rolledOut(world: World) {
  const device = world.device();
  const state: { syncV2: boolean | null } = { syncV2: false };
  device.network = (request, pass) => {
    if (!isFlags(request)) return pass();
    const { syncV2 } = state;
    const body = syncV2 === null ? "Bad gateway" : JSON.stringify({ syncV2, reason: "rollout" });
    return Promise.resolve({
      status: syncV2 === null ? 502 : 200,
      header: () => null,
      text: () => Promise.resolve(body),
    });
  };
  return { device, state };
}

Deno.test("outside the rollout everything is kept and nothing sent; once inside it drains by itself", async () => {
  await using world = new World();
  const { device, state } = rolledOut(world);
  const { client } = device.open("ada", { followRollout: true });
  await client.create("goal", { id: "g" });
  await world.until(() => client.status.state === "paused", "it is paused");
  assertEquals([client.status.pausedBy, client.status.pending], ["service", 1]);
  const { success, error } = await client.manualSync();
  assertEquals([success, error?.code], [false, "paused"]);
  assertEquals(device.requests.every(isFlags), true, "only the flags were asked for");
  state.syncV2 = true;
  await world.until(isSynced(client), "it is let in and drains");
  assertEquals(client.list("goal").length, 1);
});

Deno.test("a decision for the user lasts an hour; then one against it holds the next edits", async () => {
  await using world = new World();
  const { device, state } = rolledOut(world);
  state.syncV2 = true;
  const { client } = device.open("ada", { followRollout: true });
  await world.until(isSynced(client), "synced");
  state.syncV2 = false;
  await world.pass(55 * 60_000);
  assertEquals(client.status.state, "synced");
  assertEquals(device.requests.filter(isFlags).length, 1);
  await world.pass(10 * 60_000);
  await client.create("goal", { id: "g" });
  await world.pass(60_000);
  assertEquals([client.status.state, client.status.pending], ["paused", 1]);
});

Deno.test("a service that cannot tell is asked all the same; without the option nobody asks for flags", async () => {
  await using world = new World();
  const { device, state } = rolledOut(world);
  state.syncV2 = null;
  const { client } = device.open("ada", { followRollout: true });
  await world.until(isSynced(client), "synced");
  const before = device.requests.filter(isFlags).length;
  const other = device.open("ada").client;
  await world.until(isSynced(other), "synced");
  await other.manualSync();
  assertEquals(device.requests.filter(isFlags).length, before);
});

Deno.test("another user is asked for anew", async () => {
  await using world = new World();
  const { device, state } = rolledOut(world);
  state.syncV2 = true;
  let user = "ada";
  const { client } = device.open(null, { getToken: () => world.token(user), followRollout: true });
  await world.until(isSynced(client), "ada is synced");
  state.syncV2 = false;
  user = "bob";
  await client.logout();
  await client.signIn();
  await world.until(() => client.status.userId === "bob" && client.status.state === "paused", "bob waits");
});
