import { assertEquals, assertNotEquals } from "@std/assert";
import { type DemoRecord, makeDemoRecords } from "../../../client/demo/demo_records.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
const isMinimal = ({ data }: DemoRecord) => data.id.startsWith("entry_");

function averageBytes(records: DemoRecord[]): number {
  return records.reduce((sum, { data }) => sum + bytes(data), 0) / records.length;
}

function assertNear(actual: number, wanted: number): void {
  const off = Math.abs(actual / wanted - 1);
  assertEquals(off <= 0.08, true, `${actual} bytes is more than 8 % away from ${wanted}`);
}

Deno.test("the same seed gives the same records, another seed others", () => {
  assertEquals(makeDemoRecords(7, 200), makeDemoRecords(7, 200));
  assertNotEquals(makeDemoRecords(7, 200), makeDemoRecords(8, 200));
});

Deno.test("there are as many as asked for, each under an id of its own", () => {
  for (const count of [0, 1, 24, 25, 1000]) {
    const records = makeDemoRecords(1, count);
    assertEquals(records.length, count);
    assertEquals(new Set(records.map(({ data }) => data.id)).size, count);
  }
});

Deno.test("records weigh what old records weigh", () => {
  const records = makeDemoRecords(1, 1000);
  const entries = records.filter(({ type }) => type === "logbook_entry");
  assertNear(averageBytes(entries.filter((entry) => !isMinimal(entry))), 767);
  assertNear(averageBytes(entries.filter(isMinimal)), 316);
  assertNear(averageBytes(records.filter(({ type }) => type === "goal")), 497);
});

Deno.test("the nulls of old data are there: notes, mood, composer, measures, tempo", () => {
  const entries = makeDemoRecords(1, 1000).filter(({ type }) => type === "logbook_entry").map(({ data }) =>
    data
  );
  const pieces = entries.flatMap(({ pieces }) => pieces as Record<string, unknown>[]);
  for (const name of ["notes", "mood"]) {
    assertEquals(entries.some((entry) => entry[name] === null), true, `no entry has '${name}' null`);
  }
  for (const name of ["composer", "measures", "tempo"]) {
    assertEquals(pieces.some((piece) => piece[name] === null), true, `no piece has '${name}' null`);
  }
});

Deno.test("the log ends on the day before its end, and goes back two sessions a day", () => {
  const endMs = Date.UTC(2026, 4, 10, 15);
  const times = makeDemoRecords(3, 104, endMs)
    .filter(({ type }) => type === "logbook_entry")
    .map(({ data }) => Date.parse(data.timestamp as string));
  assertEquals(new Date(Math.max(...times)).toISOString().slice(0, 10), "2026-05-09");
  assertEquals(new Date(Math.min(...times)).toISOString().slice(0, 10), "2026-03-21");
});
