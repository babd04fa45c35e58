/**
 * Entries and goals as this page reads them. Records come from any client and any year, so reading is
 * tolerant (a missing or odd field reads as none) and writing touches only the fields a person changed.
 */
import { isJsonObject, type JsonObject } from "../../shared/json.ts";

export const sessionKinds = [
  "practice",
  "technique",
  "lesson",
  "rehearsal",
  "performance",
  "status_change",
] as const;
export const moods = ["frustrated", "neutral", "satisfied", "excited"] as const;
export const goalStatuses = ["active", "paused", "completed", "cancelled"] as const;

/** One piece of an entry. */
export interface Piece {
  title: string;
  composer: string;
}

/** A practice session. */
export interface Entry {
  id: string;
  /** When it was, wall ms. */
  atMs: number;
  /** Minutes, may be 12.5. */
  minutes: number;
  kind: string;
  instrument: string;
  pieces: Piece[];
  techniques: string[];
  notes: string;
  mood: string;
  tags: string[];
}

/** A step of a goal. */
export interface Milestone {
  /** Its own id, else its place in the record. */
  id: string;
  title: string;
  completed: boolean;
}

/** Something to work towards. */
export interface Goal {
  id: string;
  /** "" for a goal without one; on the page it is called by {@linkcode goalTitle}. */
  title: string;
  description: string;
  /** ISO date, or "". */
  targetDate: string;
  /** 0 to 100. */
  progress: number;
  milestones: Milestone[];
  status: string;
}

const text = (value: unknown): string => typeof value === "string" ? value : "";
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
const object = (value: unknown): JsonObject => isJsonObject(value) ? value : {};
const number = (value: unknown): number => typeof value === "number" && Number.isFinite(value) ? value : 0;
const wallMs = (value: unknown): number => new Date(Date.parse(text(value)) || number(value)).getTime() || 0;
const isoDate = (value: unknown): string => {
  const date = /^\d{4}-\d\d-\d\d/.exec(text(value))?.[0] ?? "";
  return Number.isNaN(Date.parse(date)) ? "" : date;
};

/** Reads records, each object once: the view hands out the same frozen object until it changes. */
function remembered<T extends object>(read: (data: Readonly<JsonObject>) => T): typeof read {
  const known = new WeakMap<object, T>();
  return (data) => {
    let record = known.get(data);
    if (!record) known.set(data, record = read(data));
    return record;
  };
}

/** A field that should be a list, as it is; anything else is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Reads one of an entry's `pieces`; without a title it is not shown. */
export function readPiece(value: unknown): Piece {
  const { title, composer } = object(value);
  return { title: text(title), composer: text(composer) };
}

/** Reads one of a goal's `milestones`, at its place; without a title it is not shown. */
export function readMilestone(value: unknown, place: number): Milestone {
  const { id, title, completed } = object(value);
  return { id: text(id) || `place ${place}`, title: text(title), completed: completed === true };
}

/** Reads a `logbook_entry`. */
export const readEntry = remembered((data): Entry => ({
  id: text(data.id),
  atMs: wallMs(data.timestamp),
  minutes: Math.max(0, number(data.duration)),
  kind: text(data.type) || "practice",
  instrument: text(data.instrument),
  pieces: listOf(data.pieces).map(readPiece).filter(({ title }) => title),
  techniques: texts(data.techniques),
  notes: text(data.notes),
  mood: text(data.mood),
  tags: texts(data.tags),
}));

/** Reads a `goal`. */
export const readGoal = remembered((data): Goal => ({
  id: text(data.id),
  title: text(data.title),
  description: text(data.description),
  targetDate: isoDate(data.targetDate),
  progress: Math.min(100, Math.max(0, number(data.progress))),
  milestones: listOf(data.milestones).map(readMilestone).filter(({ title }) => title),
  status: text(data.status) || "active",
}));

/** What an entry is called: its pieces, else its techniques, else its kind. */
export function entryTitle({ pieces, techniques, kind }: Entry): string {
  const names = pieces.length ? pieces.map(({ title }) => title) : techniques;
  const title = names.length ? names.join(", ") : kindName(kind);
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** What a goal is called. */
export function goalTitle({ title }: Goal): string {
  return title || "Untitled goal";
}

/** "status_change" → "Status change". */
export function kindName(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
