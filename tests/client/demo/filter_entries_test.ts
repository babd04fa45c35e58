import { assertEquals } from "@std/assert";
import { filterEntries } from "../../../client/demo/filter_entries.ts";
import { readEntry } from "../../../client/demo/records.ts";

const entries = [
  readEntry({
    id: "a",
    timestamp: "2026-01-01T10:00:00Z",
    type: "lesson",
    instrument: "violin",
    pieces: [{ title: "Élégie", composer: "Gabriel Fauré" }],
    notes: "Slow bow.",
    tags: ["recital"],
  }),
  readEntry({
    id: "b",
    timestamp: "2026-01-03T10:00:00Z",
    type: "practice",
    instrument: "piano",
    techniques: ["scale"],
  }),
  readEntry({ id: "c", timestamp: "2026-01-02T10:00:00Z", type: "practice", instrument: "violin" }),
];
const found = (filter: Partial<Parameters<typeof filterEntries>[1]>) =>
  filterEntries(entries, { words: "", kind: "", instrument: "", ...filter }).map(({ id }) => id);

Deno.test("without a filter everything is listed, newest first", () => {
  assertEquals(found({}), ["b", "c", "a"]);
});

Deno.test("every word must be found, wherever it is, whatever its case and accents", () => {
  assertEquals(found({ words: "elegie FAURE" }), ["a"]);
  assertEquals(found({ words: "slow recital" }), ["a"]);
  assertEquals(found({ words: "elegie scale" }), []);
  assertEquals(found({ words: "  scal " }), ["b"]);
});

Deno.test("kind and instrument narrow it together", () => {
  assertEquals(found({ instrument: "violin" }), ["c", "a"]);
  assertEquals(found({ instrument: "violin", kind: "practice" }), ["c"]);
});
