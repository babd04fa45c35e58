import { assert, assertEquals, assertFalse, assertNotEquals } from "@std/assert";
import { derivedChangeId } from "../../shared/derived_change_id.ts";
import { type LegacyRecord, readLegacyRecord } from "../../shared/legacy_record.ts";

function dataOf(record: LegacyRecord) {
  assert(record.ok);
  return record.data;
}

Deno.test("a record in today's form passes as it is", () => {
  const entry = {
    id: "V1StGXR8_Z5jdHi6B-myT",
    timestamp: "2025-07-30T22:15:00.000Z",
    duration: 12.5,
    type: "practice",
    pieces: [{ id: "p", title: "Clair de Lune", composer: null }],
    notes: null,
    createdAt: "2025-07-30T23:01:12.418Z",
    updatedAt: "2025-07-30T23:04:55.002Z",
    somethingNew: { kept: true },
  };
  assertEquals(dataOf(readLegacyRecord("logbook_entry", entry)), entry);
});

Deno.test("every dialect of an entry comes out in one form", () => {
  const entry = readLegacyRecord("logbook_entry", {
    id: "entry_1750717972797_0suwq20o8",
    timestamp: 1750717972797,
    type: "STATUS_CHANGE",
    instrument: "PIANO",
    mood: "EXCITED",
    goals: ["g1"],
    pieces: '[{"title":"Arabesque"}]',
    tags: "not json",
    userId: "somebody",
  });
  assertEquals(dataOf(entry), {
    id: "entry_1750717972797_0suwq20o8",
    timestamp: "2025-06-23T22:32:52.797Z",
    type: "status_change",
    instrument: "piano",
    mood: "excited",
    goalIds: ["g1"],
    pieces: [{ title: "Arabesque" }],
    tags: "not json",
    createdAt: "2025-06-23T22:32:52.797Z",
    updatedAt: "2025-06-23T22:32:52.797Z",
  });
});

Deno.test("goals keep what they have and get no times that they never had", () => {
  const goal = {
    id: "q7",
    title: "PERFORM",
    progress: 35,
    status: "ACTIVE",
    milestones: "[]",
    targetDate: 0,
  };
  assertEquals(dataOf(readLegacyRecord("goal", goal)), {
    id: "q7",
    title: "PERFORM",
    progress: 35,
    status: "active",
    milestones: [],
    targetDate: "1970-01-01T00:00:00.000Z",
  });
});

Deno.test("both names of a goal list at once: nothing is lost", () => {
  const data = dataOf(readLegacyRecord("logbook_entry", { id: "a", goals: ["old"], goalIds: ["new"] }));
  assertEquals([data.goals, data.goalIds], [["old"], ["new"]]);
});

Deno.test("types without rules pass untouched, but for whose they are", () => {
  const item = { id: "r", type: "UPPER", goals: ["x"], userId: "u", timestamp: 5 };
  assertEquals(dataOf(readLegacyRecord("repertoire_item", item)), {
    id: "r",
    type: "UPPER",
    goals: ["x"],
    timestamp: 5,
  });
});

Deno.test("a deleted record says so; null means alive", () => {
  const read = (deletedAt: unknown) => readLegacyRecord("goal", { id: "g", deletedAt });
  assert((read("2025-01-01T00:00:00.000Z") as { deleted: boolean }).deleted);
  assertFalse((read(null) as { deleted: boolean }).deleted);
});

Deno.test("what is no record is named, not thrown", () => {
  for (const bad of [null, 5, "x", [], {}, { id: "" }, { id: 7 }, { id: "\ud800" }]) {
    assertFalse(readLegacyRecord("goal", bad).ok);
  }
});

Deno.test("the source is not modified", () => {
  const stored = { id: "a", goals: ["g"], userId: "u", type: "PRACTICE" };
  readLegacyRecord("logbook_entry", stored);
  assertEquals(stored, { id: "a", goals: ["g"], userId: "u", type: "PRACTICE" });
});

Deno.test("a derived id depends on content, not on the order of its keys", () => {
  const id = derivedChangeId(["ada", "goal", "g", { title: "x", progress: 1 }]);
  assertEquals(id, derivedChangeId(["ada", "goal", "g", { progress: 1, title: "x" }]));
  assertNotEquals(id, derivedChangeId(["bob", "goal", "g", { title: "x", progress: 1 }]));
  assertNotEquals(id, derivedChangeId(["ada", "goal", "g", { title: "x", progress: 2 }]));
  // Fixed for ever: devices of every version must derive the same.
  assertEquals(derivedChangeId(["ada", "goal", "g", {}]), "3425e22c-670c-5618-8479-ffc9962e3eba");
});
