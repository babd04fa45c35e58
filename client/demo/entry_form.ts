/**
 * Entry ↔ form: what the fields show, and what those that were edited change. Pure. A field that was not
 * edited writes nothing: what it shows may be less than what the record holds.
 */
import type { JsonObject } from "../../shared/mod.ts";
import { changedFields } from "./changed_fields.ts";
import type { FormValues } from "./form_dialog.ts";
import { piecesFromText, piecesToText } from "./pieces_text.ts";
import { listOf, readEntry } from "./records.ts";

/** Fields of a new entry: a session that ends now. */
export function newEntryValues(nowMs: number, minutes = 30): FormValues {
  return { minutes: String(minutes), when: localTime(nowMs - minutes * 60_000), kind: "practice", mood: "" };
}

/** Fields of an entry. */
export function entryValues(data: Readonly<JsonObject>): FormValues {
  const entry = readEntry(data);
  return {
    minutes: String(entry.minutes),
    when: localTime(entry.atMs),
    kind: entry.kind,
    instrument: entry.instrument,
    pieces: piecesToText(listOf(data.pieces)),
    techniques: entry.techniques.join(", "),
    notes: entry.notes,
    mood: entry.mood,
    tags: entry.tags.join(", "),
  };
}

/** The whole data of a new entry. */
export function newEntry(values: FormValues, id: string, nowMs: number): JsonObject & { id: string } {
  return {
    id,
    ...written({ instrument: "", pieces: "", techniques: "", notes: "", mood: "", tags: "", ...values }, {}),
    goalIds: [],
    metadata: { source: "manual" },
    createdAt: new Date(nowMs).toISOString(),
  };
}

/**
 * What the `edited` fields change in `data`; empty if that is nothing. No `updatedAt` among them: a field that
 * every edit writes would make two edits at the same time a conflict whatever else they changed.
 */
export function editedEntry(data: Readonly<JsonObject>, edited: FormValues): JsonObject {
  return changedFields(data, written(edited, data));
}

const writers: Record<string, (text: string, data: Readonly<JsonObject>) => JsonObject> = {
  minutes: (text) => ({ duration: Number(text) }),
  when: (text) => ({ timestamp: new Date(text).toISOString() }),
  kind: (text) => ({ type: text || "practice" }),
  instrument: (text) => ({ instrument: text }),
  pieces: (text, data) => ({ pieces: piecesFromText(text, listOf(data.pieces)) }),
  techniques: (text) => ({ techniques: words(text) }),
  notes: (text) => ({ notes: text || null }),
  mood: (text) => ({ mood: text || null }),
  tags: (text) => ({ tags: words(text) }),
};

function written(values: FormValues, data: Readonly<JsonObject>): JsonObject {
  return Object.assign({}, ...Object.entries(values).map(([name, text]) => writers[name]?.(text, data)));
}

function words(text: string): string[] {
  return [...new Set(text.split(",").map((word) => word.trim()).filter(Boolean))];
}

/** What `<input type="datetime-local">` wants: local time to the minute. */
function localTime(atMs: number): string {
  const date = new Date(atMs);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
