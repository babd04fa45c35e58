import { assertEquals } from "@std/assert";
import { editedEntry, entryValues, newEntry, newEntryValues } from "../../../client/demo/entry_form.ts";
import { editedGoal, goalValues, newGoal, tickedGoal } from "../../../client/demo/goal_form.ts";
import { makeDemoRecords } from "../../../client/demo/demo_records.ts";
import { piecesFromText, piecesToText } from "../../../client/demo/pieces_text.ts";
import { readEntry, readGoal } from "../../../client/demo/records.ts";

const nowMs = Date.UTC(2026, 0, 15, 12);
const records = makeDemoRecords(5, 500);
const newId = () => "new-id";

Deno.test("a form that was opened and saved untouched changes nothing, for any record", () => {
  for (const { type, data } of records) {
    const edited = type === "goal"
      ? editedGoal(data, goalValues(readGoal(data)), newId, nowMs)
      : editedEntry(data, entryValues(readEntry(data)));
    assertEquals(edited, {}, `${data.id} was changed by looking at it`);
  }
});

Deno.test("an edit carries only the field that was changed", () => {
  const { data } = records.find(({ type }) => type === "logbook_entry")!;
  const edited = editedEntry(data, { ...entryValues(readEntry(data)), notes: "Better." });
  assertEquals(edited, { notes: "Better." });
});

Deno.test("edits of different fields have no field in common, so that both are kept", () => {
  const { data } = records.find(({ type }) => type === "logbook_entry")!;
  const shown = entryValues(readEntry(data));
  assertEquals(Object.keys(editedEntry(data, { ...shown, notes: "Slower." })), ["notes"]);
  assertEquals(Object.keys(editedEntry(data, { ...shown, minutes: "7.5" })), ["duration"]);
  const goal = newGoal({ title: "Swan", progress: "40" }, newId, nowMs);
  const goalShown = goalValues(readGoal(goal));
  assertEquals(Object.keys(editedGoal(goal, { ...goalShown, title: "The Swan" }, newId, nowMs)), ["title"]);
  assertEquals(Object.keys(editedGoal(goal, { ...goalShown, progress: "50" }, newId, nowMs)), ["progress"]);
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
  const completed = editedGoal(goal, { ...goalValues(readGoal(goal)), status: "completed" }, newId, nowMs);
  assertEquals([completed.status, completed.completedAt], ["completed", "2026-01-15T12:00:00.000Z"]);
  const twoSteps = {
    ...goal,
    milestones: [{ id: "1", title: "A", completed: false }, { id: "2", title: "B", completed: true }],
  };
  assertEquals(tickedGoal(readGoal(twoSteps), "1", true, nowMs).milestones, [
    { id: "1", title: "A", completed: true, completedAt: "2026-01-15T12:00:00.000Z" },
    { id: "2", title: "B", completed: true },
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
  assertEquals(readGoal({ id: "g", progress: 140, milestones: [null, { title: "A" }] }).progress, 100);
});
