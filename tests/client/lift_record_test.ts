import { assertEquals } from "@std/assert";

import { foldPage } from "../../client/network/fold_page.ts";
import { type EntityTypes, liftRecord } from "../../client/network/lift_record.ts";
import { planMigrateSchema } from "../../client/network/migrate_schema.ts";
import type { BaseRow } from "../../client/rows.ts";
import { answer, batchOf, makeRows, perform, serverTime, uuid } from "./world/make_rows.ts";
import { isSynced } from "./world/is_synced.ts";
import { World } from "./world/world.ts";

/** Version 2 calls `name` `title`; where a record has both, the newer one stands. */
const entityTypes: EntityTypes = {
  goal: {
    schemaVersion: 2,
    migrate({ data, ...rest }) {
      if (!data || !("name" in data)) return { ...rest, ...(data && { data }) };
      const { name, ...others } = data;
      if (name === "cannot") throw new Error("no");
      return { ...rest, data: { title: name!, ...others } };
    },
  },
};
const goal = entityTypes.goal!;

/** A server with the goal `g`, written by a page of version 1. */
async function oldGoal(world: World) {
  const device = world.device();
  const { client } = device.open("ada");
  await client.create("goal", { id: "g", name: "Nocturne", n: 1 });
  await world.until(isSynced(client), "the goal is saved");
  await client.close();
  return device;
}

Deno.test("a device that is new shows the records of older pages lifted, and finds the server's checksum", async () => {
  await using world = new World();
  await oldGoal(world);
  const { client } = world.device().open("ada", { entityTypes });
  const resets: string[] = [];
  client.addEventListener("reset", (event) => resets.push(event.detail.reason));
  await world.until(isSynced(client), "synced");
  assertEquals(client.get("goal", "g"), { id: "g", title: "Nocturne", n: 1 });
  await world.pass(120_000);
  assertEquals(resets, []);
});

Deno.test("a lifted record keeps its lift when another device's edit or an own one is pulled", async () => {
  await using world = new World();
  const device = await oldGoal(world);
  const { client } = device.open("ada", { entityTypes });
  await world.until(isSynced(client), "synced");
  const other = world.device().open("ada").client;
  await world.until(isSynced(other), "the older page is synced");
  await other.update("goal", "g", { n: 2 });
  await other.manualSync();
  await client.manualSync();
  assertEquals(client.get("goal", "g"), { id: "g", title: "Nocturne", n: 2 });
  await client.update("goal", "g", { title: "Étude" });
  assertEquals((await client.manualSync()).success, true);
  assertEquals(client.get("goal", "g"), { id: "g", title: "Étude", n: 2 });
  await other.manualSync();
  assertEquals(other.get("goal", "g"), { id: "g", name: "Nocturne", title: "Étude", n: 2 });
});

const pulled = {
  changeId: uuid(9),
  type: "CREATED" as const,
  entityType: "goal",
  entityId: "g1",
  data: { name: "a" },
  timestamp: 1,
  createdAt: serverTime,
  version: 1,
};

/** The row that a page with `types` makes of `pulled` where `noted` is what the device was lifted to. */
function folded(types: EntityTypes, noted: number, data: Record<string, string> = pulled.data) {
  const rows = makeRows({ more: [[["meta", "schema"], { goal: noted }]] });
  const page = answer({ latestServerVersion: 1, newChanges: [{ ...pulled, data }] });
  const { put, checksumText } = foldPage(rows, rows.sync, batchOf(rows, []), page, false, types);
  perform(rows, { put, result: undefined });
  return { rows, row: rows.shown("goal", "g1"), checksumText };
}

Deno.test("the server's own data are kept beside the lifted ones, and are what the checksum is about", () => {
  const lifted = folded(entityTypes, 2);
  assertEquals(lifted.row, { version: 1, data: { title: "a" }, raw: { name: "a" }, lifted: 2 });
  assertEquals(lifted.checksumText, folded({}, 2).checksumText);
  assertEquals(folded(entityTypes, 2, { title: "a" }).row, { version: 1, data: { title: "a" }, lifted: 2 });
});

Deno.test("a record that cannot be lifted is shown as the server has it", () => {
  assertEquals(folded(entityTypes, 2, { name: "cannot" }).row, { version: 1, data: { name: "cannot" } });
});

Deno.test("an older page's tab leaves what it pulls as it is, and the newer page lifts it, staged records too", () => {
  const { rows, row } = folded({ goal: { ...goal, schemaVersion: 1 } }, 2);
  assertEquals(row, { version: 1, data: { name: "a" } });
  rows.set(["base", 1, "goal", "g2"], { version: 2, data: { name: "b" } });
  perform(rows, planMigrateSchema(rows, entityTypes, 5));
  assertEquals([rows.base[0], rows.base[1]].map((slot) => [...slot.get("goal")!.values()][0]!.data), [
    { title: "a" },
    { title: "b" },
  ]);
  assertEquals(planMigrateSchema(rows, entityTypes, 5).put, [], "a second time there is nothing left to do");
});

Deno.test("a record is lifted from version 0 and from what the server said, however it was lifted before", () => {
  const asked: unknown[] = [];
  const spying: EntityTypes[string] = {
    schemaVersion: 3,
    migrate: (change, from) => (asked.push([change.type, change.data, from]), goal.migrate!(change, from)),
  };
  const row: BaseRow = { version: 1, data: { odd: 1 }, raw: { name: "a" }, lifted: 2 };
  assertEquals(liftRecord(row, ["goal", "g1"], spying, 3)?.data, { title: "a" });
  assertEquals(asked, [["CREATED", { name: "a" }, 0]]);
});
