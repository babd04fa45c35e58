import { assert, assertEquals } from "@std/assert";
import { DeviceRows } from "../../client/device_rows.ts";
import { planMigrateSchema } from "../../client/network/migrate_schema.ts";
import { rowKey } from "../../client/rows.ts";
import type { SyncClientOptions } from "../../client/mod.ts";
import { World } from "./world/world.ts";

type EntityTypes = NonNullable<SyncClientOptions["entityTypes"]>;
const renamed: EntityTypes = {
  goal: {
    schemaVersion: 2,
    migrate({ data, ...rest }, from) {
      if (!data || !("name" in data)) return { ...rest, ...(data && { data }) };
      const { name, ...others } = data;
      if (name === "cannot") throw new Error("no");
      return { ...rest, data: { ...others, title: name, liftedFrom: from } };
    },
  },
};

function queued(rows: DeviceRows, seq: number, data: Record<string, unknown>, sent = false) {
  const change = {
    changeId: `00000000-0000-4000-8000-00000000000${seq}`,
    type: "CREATED" as const,
    entityType: "goal",
    entityId: `g${seq}`,
    data,
    timestamp: 1,
    retryCount: 0,
    baseVersion: 0,
  };
  rows.set(rowKey.queue(seq), { seq, change, sent, schemaVersion: 1 });
}

function lift(rows: DeviceRows) {
  const { put = [], remove = [] } = planMigrateSchema(rows, renamed, 5);
  for (const key of remove) rows.remove(key);
  for (const [key, value] of put) rows.set(key, value);
}

Deno.test("unsent changes are lifted, sent ones never touched", () => {
  const rows = new DeviceRows();
  queued(rows, 1, { name: "a" });
  queued(rows, 2, { name: "b" }, true);
  lift(rows);
  assertEquals(rows.queue.get(1)!.change.data, { title: "a", liftedFrom: 1 });
  assertEquals(rows.queue.get(1)!.schemaVersion, 2);
  assertEquals(rows.queue.get(2)!.change.data, { name: "b" });
});

Deno.test("what cannot be lifted is set aside with its reason, never dropped", () => {
  const rows = new DeviceRows();
  queued(rows, 1, { name: "cannot" });
  queued(rows, 2, { name: "fine" });
  lift(rows);
  assertEquals([...rows.queue.keys()], [2]);
  const [aside] = rows.quarantine.values();
  assertEquals([aside!.code, aside!.change.data], ["migration_failed", { name: "cannot" }]);
});

Deno.test("a second start with the same version changes nothing", () => {
  const rows = new DeviceRows();
  queued(rows, 1, { name: "a" });
  lift(rows);
  assertEquals(planMigrateSchema(rows, renamed, 5).put, []);
});

Deno.test("a lifted base still has the server's checksum and takes further changes", async () => {
  await using world = new World();
  const device = world.device();
  const old = device.open("ada").client;
  await world.until(() => old.status.state === "synced", "the old page is synced");
  await old.create("goal", { id: "g", name: "Clair de Lune" });
  await world.until(() => old.status.state === "synced", "the goal is saved");
  await old.close();
  const { client } = device.open("ada", { entityTypes: renamed });
  await world.until(() => client.get("goal", "g")?.title === "Clair de Lune", "the base is lifted");
  const resets: string[] = [];
  client.addEventListener("reset", (event) => resets.push(event.detail.reason));
  await client.update("goal", "g", { progress: 5 });
  await world.until(() => client.status.state === "synced", "the edit is saved");
  await world.pass(60_000);
  assertEquals(resets, []);
  assert(client.get("goal", "g")?.progress === 5);
});

Deno.test("what an older page wrote while nobody was signed in is lifted when it is adopted", async () => {
  await using world = new World();
  const device = world.device();
  const old = device.open(null, { entityTypes: { goal: { schemaVersion: 1 } } }).client;
  await old.create("goal", { id: "g", name: "Arabesque" });
  await old.create("goal", { id: "h", name: "cannot" });
  await old.close();
  const { client } = device.open("ada", { entityTypes: renamed });
  await world.until(() => client.status.pending === 0 && client.status.failed === 1, "they are settled");
  assertEquals(client.get("goal", "g"), { id: "g", title: "Arabesque", liftedFrom: 1 });
  const [failed] = await client.changeQueue.getFailedChanges();
  assertEquals([failed!.code, failed!.entityId], ["migration_failed", "h"]);
  const elsewhere = world.device().open("ada").client;
  await world.until(() => elsewhere.get("goal", "g") !== undefined, "the other device has it");
  assertEquals(elsewhere.get("goal", "g")?.title, "Arabesque", "it was sent in today's shape");
});
