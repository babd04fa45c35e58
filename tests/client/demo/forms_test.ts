import { assertEquals } from "@std/assert";
import { editedEntry, entryValues, newEntry, newEntryValues } from "../../../client/demo/entry_form.ts";
import { editedGoal, goalValues, newGoal, tickedGoal } from "../../../client/demo/goal_form.ts";
import { makeDemoRecords } from "../../../client/demo/demo_records.ts";
import { piecesFromText, piecesToText } from "../../../client/demo/pieces_text.ts";
import { readEntry, readGoal } from "../../../client/demo/records.ts";

const nowMs = Date.UTC(2026, 0, 15, 12);
const records = makeDemoRecords(5, 500);
const newId = () => "new-id";

Deno.test("a field that was edited back to what the record holds changes nothing, for any record", () => {
  for (const { type, data } of records) {
    const { when: _, ...shown } = type === "goal" ? goalValues(data) : entryValues(data);
    const edited = type === "goal" ? editedGoal(data, shown, newId, nowMs) : editedEntry(data, shown);
    assertEquals(edited, {}, `${data.id} was changed by looking at it`);
  }
});

Deno.test("an edit carries only the fields that were edited, whatever the others would read as", () => {
  const odd = { id: "x", timestamp: "yesterday", duration: -3, techniques: ["scales, slow"], notes: " a " };
  assertEquals(editedEntry(odd, { notes: "Better." }), { notes: "Better." });
  assertEquals(editedGoal({ id: "g", progress: 33.4 }, { description: "By ear" }, newId, nowMs), {
    description: "By ear",
  });
});

Deno.test("edits of different fields have no field in common, so that both are kept", () => {
  const { data } = records.find(({ type }) => type === "logbook_entry")!;
  assertEquals(Object.keys(editedEntry(data, { notes: "Slower." })), ["notes"]);
  assertEquals(Object.keys(editedEntry(data, { minutes: "7.5" })), ["duration"]);
  const goal = newGoal({ title: "Swan", progress: "40" }, newId, nowMs);
  assertEquals(Object.keys(editedGoal(goal, { title: "The Swan" }, newId, nowMs)), ["title"]);
  assertEquals(Object.keys(editedGoal(goal, { progress: "50" }, newId, nowMs)), ["progress"]);
});

Deno.test("a piece that stays keeps what the form does not show", () => {
  const before = [
    { id: "x", title: "Clair de Lune", composer: "Claude Debussy", measures: "1-26", tempo: 54 },
    { id: "y", title: "Romance", composer: null },
  ];
  const text = piecesToText(before);
  assertEquals(text, "Clair de Lune – Claude Debussy\nRomance");
  assertEquals(piecesFromText(text, before), before);
  assertEquals(piecesFromText("Romance\n\nThe Swan - Camille Saint-Saëns\n", before), [
    before[1]!,
    { title: "The Swan", composer: "Camille Saint-Saëns" },
  ]);
});

Deno.test("two lines that read alike stay two pieces, and what has no line stays in the list", () => {
  const before = [
    { title: "Romance", measures: "1-8" },
    { title: "", measures: "9-16" },
    { title: "Romance", measures: "17-24" },
    "of an older client",
  ];
  assertEquals(piecesToText(before), "Romance\nRomance");
  assertEquals(piecesFromText("Romance\nRomance\nLágrima", before), [
    before[0],
    before[2],
    { title: "Lágrima", composer: null },
    before[1],
    before[3],
  ]);
});

Deno.test("a new entry has what old clients expect", () => {
  const values = { ...newEntryValues(nowMs), minutes: "12.5", pieces: "Romance", techniques: "scale, scale" };
  const entry = newEntry(values, "e1", nowMs);
  assertEquals([entry.id, entry.duration, entry.type, entry.techniques], ["e1", 12.5, "practice", ["scale"]]);
  assertEquals(entry.timestamp, "2026-01-15T11:30:00.000Z");
  assertEquals([entry.goalIds, entry.notes, entry.mood, entry.tags], [[], null, null, []]);
});

Deno.test("a completed goal says when; ticking a milestone keeps the others", () => {
  const goal = newGoal({ title: "Swan", progress: "40", milestones: "Bars 1-8\nBars 9-16" }, newId, nowMs);
  assertEquals([goal.title, goal.progress, goal.status], ["Swan", 40, "active"]);
  const completed = editedGoal(goal, { status: "completed" }, newId, nowMs);
  assertEquals([completed.status, completed.completedAt], ["completed", "2026-01-15T12:00:00.000Z"]);
  const twoSteps = {
    ...goal,
    milestones: [{ id: "1", title: "A", completed: false }, { id: "2", title: "B", completed: true }],
  };
  assertEquals(tickedGoal(twoSteps, "1", true, nowMs).milestones, [
    { id: "1", title: "A", completed: true, completedAt: "2026-01-15T12:00:00.000Z" },
    { id: "2", title: "B", completed: true },
  ]);
});

Deno.test("a milestone of another client is ticked by its place, and those without a title stay", () => {
  const goal = { id: "g", milestones: [{ title: "" }, { title: "A" }, { title: "B", order: 2 }] };
  const [a, b] = readGoal(goal).milestones;
  assertEquals([a!.completed, b!.completed], [false, false]);
  assertEquals(tickedGoal(goal, b!.id, true, nowMs).milestones, [
    { title: "" },
    { title: "A" },
    { title: "B", order: 2, completed: true, completedAt: "2026-01-15T12:00:00.000Z" },
  ]);
});

Deno.test("records of any shape can be read", () => {
  const odd = readEntry({ id: "x", timestamp: 1000, pieces: "none", techniques: [1, "scale"], notes: null });
  assertEquals([odd.atMs, odd.pieces, odd.techniques, odd.notes, odd.kind], [
    1000,
    [],
    ["scale"],
    "",
    "practice",
  ]);
  assertEquals(readEntry({ id: "x", timestamp: 1e20 }).atMs, 0, "no date that a page could not write");
  assertEquals(readGoal({ id: "g", progress: 140, milestones: [null, { title: "A" }] }).progress, 100);
  assertEquals(readGoal({ id: "g", targetDate: "2026-05-01T00:00:00Z" }).targetDate, "2026-05-01");
  assertEquals(["soon", "2026-13-01"].map((targetDate) => readGoal({ targetDate }).targetDate), ["", ""]);
});
