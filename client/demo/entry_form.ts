/** Entry ↔ form: what the fields show, and what a submitted form changes. Pure. */
import type { JsonObject } from "../../shared/mod.ts";
import { changedFields } from "./changed_fields.ts";
import { piecesFromText, piecesToText } from "./pieces_text.ts";
import { type Entry, readEntry } from "./records.ts";

type Values = Record<string, string>;

/** Fields of a new entry: half an hour that ends now. */
export function newEntryValues(nowMs: number): Values {
  const minutes = 30;
  return { minutes: String(minutes), when: localTime(nowMs - minutes * 60_000), kind: "practice", mood: "" };
}

/** Fields of an entry. */
export function entryValues(entry: Entry): Values {
  return {
    minutes: String(entry.minutes),
    when: localTime(entry.atMs),
    kind: entry.kind,
    instrument: entry.instrument,
    pieces: piecesToText(entry.pieces),
    techniques: entry.techniques.join(", "),
    notes: entry.notes,
    mood: entry.mood,
    tags: entry.tags.join(", "),
  };
}

/** The whole data of a new entry. */
export function newEntry(values: Values, id: string, nowMs: number): JsonObject & { id: string } {
  return {
    id,
    ...fields(values, readEntry({})),
    goalIds: [],
    metadata: { source: "manual" },
    createdAt: new Date(nowMs).toISOString(),
  };
}

/**
 * Only the fields of `data` that the form changed; empty if there is none. No `updatedAt` among them: a field
 * that every edit writes would make two edits at the same time a conflict whatever else they changed.
 */
export function editedEntry(data: Readonly<JsonObject>, values: Values): JsonObject {
  const before = readEntry(data);
  const next = fields(values, before);
  // The form shows minutes only: an untouched time keeps its seconds.
  if (values.when === localTime(before.atMs)) delete next.timestamp;
  return changedFields(data, next);
}

function fields(values: Values, before: Entry): JsonObject {
  return {
    timestamp: new Date(values.when ?? "").toISOString(),
    duration: Number(values.minutes),
    type: values.kind || "practice",
    instrument: values.instrument ?? "",
    pieces: piecesFromText(values.pieces ?? "", before.pieces) as unknown as JsonObject[],
    techniques: words(values.techniques),
    notes: values.notes || null,
    mood: values.mood || null,
    tags: words(values.tags),
  };
}

function words(text = ""): string[] {
  return [...new Set(text.split(",").map((word) => word.trim()).filter(Boolean))];
}

/** What `<input type="datetime-local">` wants: local time to the minute. */
function localTime(atMs: number): string {
  const date = new Date(Number.isFinite(atMs) ? atMs : 0);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
