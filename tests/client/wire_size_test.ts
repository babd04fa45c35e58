import { assert, assertEquals } from "@std/assert";
import { World } from "./world/world.ts";

/** Most bytes of a one-field update on the wire, both bodies together, as JSON. */
const updateBytesMax = 700;

Deno.test("a one-field update costs few bytes, there and back", async () => {
  await using world = new World();
  const device = world.device();
  const { client } = device.open("ada");
  await world.until(() => client.status.state === "synced", "the client is synced");
  const id = await client.create("logbook_entry", { duration: 45, notes: "left hand" });
  await world.until(() => client.status.state === "synced", "the entry is saved");
  let bytes = 0;
  let pushed = 0;
  device.network = async (request, pass) => {
    const response = await pass();
    const answer = await response.text();
    bytes = (request.body as string).length + answer.length;
    pushed = JSON.parse(request.body as string).changes.length;
    return { ...response, text: () => Promise.resolve(answer) };
  };
  await client.update("logbook_entry", id, { duration: 50 });
  await world.until(() => client.status.state === "synced", "the update is saved");
  assertEquals(pushed, 1);
  console.log(`one-field update: ${bytes} bytes in both bodies`);
  assert(bytes <= updateBytesMax, `${bytes} bytes`);
});
