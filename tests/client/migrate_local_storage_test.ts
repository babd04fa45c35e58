import { assertEquals } from "@std/assert";
import { DeviceRows } from "../../client/device_rows.ts";
import { planMigration, readLocalRecords } from "../../client/network/migrate_local_storage.ts";

const entry = {
  id: "e1",
  timestamp: "2025-07-30T22:15:00.000Z",
  duration: 45,
  type: "PRACTICE",
  goals: ["g1"],
};
const goal = { id: "g1", title: "From memory", progress: 35, status: "active" };

function storage(keys: Record<string, unknown>) {
  return (key: string) => {
    const value = keys[key];
    return value === undefined ? null : typeof value === "string" ? value : JSON.stringify(value);
  };
}

function migrate(rows: DeviceRows, keys: Record<string, unknown>, user = "ada") {
  const found = readLocalRecords(storage(keys), user, {});
  const { put = [], result } = planMigration(rows, found, 1_000, () => 0);
  for (const [key, value] of put) rows.set(key, value);
  return result;
}

const both = { "mirubato:logbook:entries": [entry], "mirubato:logbook:goals": [goal] };

Deno.test("both keys are queued as CREATED changes in today's form", () => {
  const rows = new DeviceRows();
  assertEquals(migrate(rows, both), { entriesMigrated: 1, goalsMigrated: 1, skipped: [] });
  const changes = [...rows.queue.values()].map((
    { change },
  ) => [change.type, change.entityType, change.entityId, change.baseVersion]);
  assertEquals(changes, [["CREATED", "logbook_entry", "e1", 0], ["CREATED", "goal", "g1", 0]]);
  const [first] = rows.queue.values();
  assertEquals(first!.change.data!.goalIds, ["g1"]);
  assertEquals(first!.change.timestamp, Date.parse(entry.timestamp));
});

Deno.test("a second run queues nothing, even if the source has changed", () => {
  const rows = new DeviceRows();
  migrate(rows, both);
  const again = migrate(rows, {
    ...both,
    "mirubato:logbook:goals": [{ ...goal, title: "edited by the old page" }],
  });
  assertEquals(again, { entriesMigrated: 0, goalsMigrated: 0, skipped: [] });
  assertEquals(rows.queue.size, 2);
});

Deno.test("ids are derived: the same record of the same user is the same change on every device", () => {
  const [here, there, other] = [new DeviceRows(), new DeviceRows(), new DeviceRows()];
  migrate(here, both);
  migrate(there, both);
  migrate(other, both, "bob");
  const ids = (rows: DeviceRows) => [...rows.queue.values()].map(({ change }) => change.changeId);
  assertEquals(ids(here), ids(there));
  assertEquals(ids(here).filter((id) => ids(other).includes(id)), []);
});

Deno.test("one malformed key does not stop the other, and bad records do not stop good ones", () => {
  const rows = new DeviceRows();
  const result = migrate(rows, {
    "mirubato:logbook:entries": "[{ cut short",
    "mirubato:logbook:goals": [goal, { title: "no id" }, null, { ...goal, id: "g2", ["__proto__x"]: 1 }],
  });
  assertEquals([result.entriesMigrated, result.goalsMigrated], [0, 2]);
  assertEquals(result.skipped.map(({ entityType, entityId }) => [entityType, entityId]), [
    ["logbook_entry", ""],
    ["goal", ""],
    ["goal", ""],
  ]);
});

Deno.test("a record that lies there twice is queued once, two versions of one record both", () => {
  const rows = new DeviceRows();
  const found = migrate(rows, { "mirubato:logbook:goals": [goal, goal, { ...goal, title: "By ear" }] });
  assertEquals(found, { entriesMigrated: 0, goalsMigrated: 2, skipped: [] });
  const titles = [...rows.queue.values()].map(({ change }) => change.data!.title);
  assertEquals(titles, ["From memory", "By ear"]);
});

Deno.test("what was deleted stays deleted", () => {
  const rows = new DeviceRows();
  const result = migrate(rows, {
    "mirubato:logbook:entries": [entry, { ...entry, id: "e2" }, {
      ...entry,
      id: "e3",
      deletedAt: "2025-08-01T00:00:00Z",
    }],
    "mirubato:logbook:deletedEntries": ["e2"],
  });
  assertEquals(result, { entriesMigrated: 1, goalsMigrated: 0, skipped: [] });
});
