import { assertEquals } from "@std/assert";
import { queueAs } from "../../../../client/widget/bind/queue_as.ts";
import { newServer, settle } from "./in_process.ts";

const note = { type: "CREATED", entityType: "note", entityId: "1", data: { id: "1" } } as const;

Deno.test("at no moment of a change of account does one user's change get to another", async () => {
  const wait = async (turns: number) => {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  };
  const outcomes = new Set<boolean>();
  for (let lead = -60; lead < 90; lead++) {
    let user = "clara";
    const client = newServer()(() => user);
    await client.ready;
    await client.create("note", { id: "0" });
    user = "erik";
    const early = lead < 0 ? queueAs(client, "clara", () => note) : undefined;
    await wait(-lead);
    const switching = client.signIn();
    await wait(lead);
    const isQueued = await (early ?? queueAs(client, "clara", () => note));
    outcomes.add(isQueued);
    await switching;
    await settle();
    assertEquals([client.status.userId, client.list("note")], ["erik", []], `${lead} turns after it began`);
    user = "clara";
    await client.signIn();
    assertEquals(client.get("note", "1") !== undefined, isQueued, `${lead} turns after it began`);
    await client.close();
  }
  assertEquals(outcomes.size, 2, "both before and after");
});

Deno.test("what is to be queued is decided with the user's database open", async () => {
  const client = newServer()("clara");
  await queueAs(client, "clara", () => note);
  assertEquals(await queueAs(client, "clara", () => client.get("note", "1") ? null : note), true);
  assertEquals((await client.changeQueue.getAllPendingChanges()).length, 1);
  assertEquals(await queueAs(client, "erik", () => note), false);
  await client.close();
});
