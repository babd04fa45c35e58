/** What is handed to a site, or taken from it, is a copy: nobody changes what is stored by the way. */
import { assertEquals } from "@std/assert";
import { isSynced } from "./world/is_synced.ts";
import { readExchange, rejectEach } from "./world/reply.ts";
import { World } from "./world/world.ts";

/** A client one change of which, by the id that comes with it, was refused. */
async function refused(world: World, listen: (detail: { data?: unknown }) => void = () => {}) {
  const device = world.device();
  const { client } = device.open("ada");
  await world.until(isSynced(client), "synced");
  client.addEventListener("rejected", ({ detail }) => listen(detail));
  device.network = async (request) => rejectEach((await readExchange(request))!, world.clock.wallMs());
  const intent = { type: "CREATED", entityType: "goal", entityId: "g", data: { title: "mine" } } as const;
  const { changeId } = await client.queueChange(intent);
  await world.until(() => client.status.failed === 1, "refused");
  device.network = (_request, pass) => pass();
  return { client, changeId };
}

Deno.test("what a listener does to a failed change is not sent", async () => {
  await using world = new World();
  const { client, changeId } = await refused(
    world,
    ({ data }) => Object.assign(data as object, { title: "x" }),
  );
  await client.retry(changeId);
  await world.until(isSynced(client), "saved");
  assertEquals(client.get("goal", "g"), { title: "mine" });
});

Deno.test("a form that is emptied right after a correction was asked for does not empty it", async () => {
  await using world = new World();
  const { client, changeId } = await refused(world);
  const form = { title: "corrected" };
  const retried = client.retry(changeId, form);
  form.title = "";
  await retried;
  await world.until(isSynced(client), "saved");
  assertEquals(client.get("goal", "g"), { title: "corrected" });
});

Deno.test("what a listener does to a conflict is not what is resolved", async () => {
  await using world = new World();
  const [one, two] = [world.device(), world.device()];
  const [a, b] = [one.open("ada").client, two.open("ada").client];
  await a.create("goal", { id: "g", title: "x" });
  await world.until(() => b.get("goal", "g") !== undefined && isSynced(a)(), "both have it");
  one.online = two.online = false;
  b.addEventListener("conflict", ({ detail }) => {
    for (const field of detail.fields) field.mine = "changed by a listener";
  });
  await a.update("goal", "g", { title: "a's" });
  await b.update("goal", "g", { title: "b's" });
  one.online = true;
  await world.until(() => a.status.pending === 0, "a has saved");
  two.online = true;
  await world.until(() => b.conflicts.list().length === 1, "b is told");
  await b.resolve(b.conflicts.list()[0]!.id, "mine");
  await world.until(isSynced(b), "settled");
  assertEquals(b.get("goal", "g")?.title, "b's");
});
